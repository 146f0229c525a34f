import hashlib, hmac, os
secret = os.environ["EXITPOLL_IDENTITY_SECRET"]
message = f"{customer['id']}\n{customer['email'].lower()}"
signature = hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()
