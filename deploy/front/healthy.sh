#!/bin/bash
# Whether the proxy answers; the image has no HTTP client.
set -eu
exec 3<>/dev/tcp/127.0.0.1/8700
printf 'GET /livez HTTP/1.0\r\n\r\n' >&3
read -r answer <&3
case $answer in *" 200 "*) ;; *) exit 1 ;; esac
