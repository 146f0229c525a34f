$secret = getenv('EXITPOLL_IDENTITY_SECRET');
$signature = hash_hmac('sha256', $customer['id'] . "\n" . strtolower($customer['email']), $secret);
