require "openssl"
secret = ENV.fetch("EXITPOLL_IDENTITY_SECRET")
signature = OpenSSL::HMAC.hexdigest("SHA256", secret, "#{customer[:id]}\n#{customer[:email].downcase}")
