const { createHmac } = require('node:crypto');
const secret = process.env.EXITPOLL_IDENTITY_SECRET;
const signature = createHmac('sha256', secret)
  .update(`${customer.id}\n${customer.email.toLowerCase()}`)
  .digest('hex');
