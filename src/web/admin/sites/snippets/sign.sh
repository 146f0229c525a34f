printf '%s\n%s' "$id" "$email" | openssl dgst -sha256 -hmac "$EXITPOLL_IDENTITY_SECRET" -r | cut -d' ' -f1
