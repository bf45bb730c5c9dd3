#!/bin/sh
# Makes these files anew: a root (512-A), an issuing authority (CryptoPro-A), signers on every curve.
# All people are invented; the private keys are thrown away. Needs libengine-gost-openssl.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

library=$(ls /usr/lib/*/engines-3/gost.so | head -n 1)
cat > engine.cnf <<END
openssl_conf = settings
[settings]
engines = engines
[engines]
gost = gost
[gost]
engine_id = gost
dynamic_path = $library
default_algorithms = ALL
CRYPT_PARAMS = id-Gost28147-89-CryptoPro-A-ParamSet
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[signer]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, nonRepudiation
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ca]
default_ca = lists
[lists]
database = revoked.txt
crlnumber = number.txt
default_md = md_gost12_256
default_crl_days = 36500
END
export OPENSSL_CONF="$work/engine.cnf"

key() { # NAME ALGORITHM OPTION
    openssl genpkey -algorithm "$2" -pkeyopt "$3" -out "$1.key"
}
issue() { # NAME COMMON-NAME ISSUER DIGEST EXTENSIONS OWN-DIGEST
    openssl req -new -utf8 -key "$1.key" -"$6" -subj "/C=RU/O=МБОУ «Школа № 5»/CN=$2" -out "$1.req"
    openssl x509 -req -in "$1.req" -CA "$3.pem" -CAkey "$3.key" -CAcreateserial -"$4" -days 36500 \
        -extfile engine.cnf -extensions "$5" -out "$1.pem"
}
sign() { # NAME DIGEST
    openssl cms -sign -binary -nosmimecap -cades -md "$2" -outform DER -signer "$1.pem" \
        -inkey "$1.key" -certfile issuing.pem -in "$here/document.txt" -out "$here/$1.p7s"
}
root() { # NAME COMMON-NAME DIGEST
    openssl req -x509 -new -utf8 -key "$1.key" -"$3" -subj "/C=RU/CN=$2" -days 36500 \
        -extensions authority -out "$1.pem"
    cp "$1.pem" "$here/$1.pem"
}

printf 'Приказ № 1 от 01.09.2026\r\nо начале учебного года\n' > "$here/document.txt"
key root gost2012_512 paramset:A
root root "Учебный корневой центр" md_gost12_512
key issuing gost2012_256 paramset:A
issue issuing "Учебный издающий центр" root md_gost12_512 authority md_gost12_256
cp issuing.pem "$here/issuing.pem"

for set in A B C XA XB TCA TCB TCC TCD; do
    key "256-$set" gost2012_256 "paramset:$set"
    issue "256-$set" "Волкова Анна Ильинична" issuing md_gost12_256 signer md_gost12_256
    sign "256-$set" md_gost12_256
done
for set in A B C; do
    key "512-$set" gost2012_512 "paramset:$set"
    issue "512-$set" "Ёлкин Пётр Сергеевич" issuing md_gost12_256 signer md_gost12_512
    sign "512-$set" md_gost12_512
done

# Two directors, one file.
openssl cms -resign -binary -nosmimecap -cades -md md_gost12_256 -inform DER -outform DER \
    -signer 256-TCB.pem -inkey 256-TCB.key -in "$here/256-XA.p7s" -out "$here/two.p7s"

# ГОСТ Р 34.10-2001 with ГОСТ Р 34.11-94, no longer trusted.
key 2001 gost2001 paramset:A
issue 2001 "Старов Иван Петрович" issuing md_gost12_256 signer md_gost94
sign 2001 md_gost94

# A foreign authority above a ГОСТ signer, and ours above a foreign kind of key.
key foreign EC ec_paramgen_curve:P-256
root foreign "Учебный центр P-256" sha256
key under-foreign gost2012_256 paramset:XA
issue under-foreign "Волкова Анна Ильинична" foreign sha256 signer md_gost12_256
openssl cms -sign -binary -nosmimecap -cades -md md_gost12_256 -outform DER \
    -signer under-foreign.pem -inkey under-foreign.key \
    -in "$here/document.txt" -out "$here/under-foreign.p7s"
key p256 EC ec_paramgen_curve:P-256
issue p256 "Волкова Анна Ильинична" issuing md_gost12_256 signer sha256
sign p256 sha256

# A list of the issuing authority: 256-XB is revoked in it.
: > revoked.txt
echo 01 > number.txt
openssl ca -revoke 256-XB.pem -cert issuing.pem -keyfile issuing.key
openssl ca -gencrl -cert issuing.pem -keyfile issuing.key -out list.pem
openssl crl -in list.pem -outform DER -out "$here/list.crl"
