#!/bin/sh
# openssl - digests, ciphers, key derivation, a signature, certificates, a TLS connection
# shellcheck source=run
. "${0%/*}/run"
needs openssl
loads openssl

work()
{
	awk 'BEGIN { for (i = 0; i < 100000; i++) print i, i * 7919 % 104729 }' >data
	for digest in md5 sha1 sha256 sha512 sha3-256 blake2b512 sm3; do
		openssl dgst -$digest data
	done
	for cipher in aes-256-cbc aes-128-ctr chacha20 camellia-256-cbc; do
		openssl enc -$cipher -pbkdf2 -iter 1000 -pass pass:secret -S 0102030405060708 -in data -out data.enc
		openssl dgst -sha256 data.enc
		openssl enc -d -$cipher -pbkdf2 -iter 1000 -pass pass:secret -S 0102030405060708 -in data.enc | cmp - data
	done
	openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt key:secret -kdfopt salt:salt HKDF
	# Keys are new each time; that what is made with them holds is not.
	openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem 2>/dev/null ||
		openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem 2>/dev/null
	openssl pkey -in key.pem -pubout -out public.pem
	openssl dgst -sha256 -sign key.pem -out signature data
	openssl dgst -sha256 -verify public.pem -signature signature data
	openssl req -new -x509 -key key.pem -subj /CN=example.org -days 2 -out cert.pem
	openssl verify -CAfile cert.pem cert.pem
	openssl x509 -in cert.pem -noout -subject -issuer
	start_in_background openssl s_server -quiet -unix sock -key key.pem -cert cert.pem -rev 2>server.log
	until_it_works test -S sock
	printf 'read me backwards\nCLOSE\n' | openssl s_client -quiet -unix sock -CAfile cert.pem -verify_return_error 2>client.log
	grep -h '^tidepool' server.log client.log
	echo ended
}

compare
