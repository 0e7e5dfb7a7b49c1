#!/bin/sh
# Made once, on purpose valid for a hundred years: a certificate authority, a server and a client that only tests trust.
set -eu
cd "$(dirname "$0")"
ec="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
openssl req -x509 $ec -keyout ca.key -out ca.pem -days 36500 -subj "/CN=drainboard test CA" 2>/dev/null
for who in server client; do
  openssl req -new $ec -keyout $who.key -out $who.csr -subj "/CN=$who" 2>/dev/null
  printf 'subjectAltName=DNS:localhost,DNS:lb1.test,IP:127.0.0.1\n' >$who.ext
  openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 36500 -extfile $who.ext -out $who.crt 2>/dev/null
  cat $who.crt $who.key >$who.pem
  rm $who.csr $who.ext $who.crt $who.key
done
rm -f ca.key ca.srl
