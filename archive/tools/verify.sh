#!/bin/sh
# Проверяет носитель архива: sh tools/verify.sh. Одно дело: sh tools/verify.sh bags/ИМЯ.
# Ничего не меняет. Нужны обычные программы (sha512sum или shasum, find, sed, awk); суммы по ГОСТ
# проверяет rhash или gost12sum, печати – openssl, если они есть.
# Код завершения: 0 – всё цело, 1 – есть повреждения, 2 – проверить нечем.
LC_ALL=C
export LC_ALL
unset CDPATH
start=$PWD
cd "$(dirname "$0")/.." || exit 2
root=$PWD
bad=0
sealed=
no_gost=
no_openssl=0
no_roots=0
gost_seals=0
EMPTY=cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce
EMPTY=${EMPTY}47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e

sha512=
for program in sha512sum 'shasum -a 512' 'busybox sha512sum'; do
    answer=$(printf '%s  /dev/null\n' "$EMPTY" | $program -c - 2>/dev/null)
    [ "$answer" = '/dev/null: OK' ] && sha512=$program && break
done
if [ -z "$sha512" ]; then
    echo "Нет программы sha512sum. Проверьте носитель так: python3 tools/verify.py"
    exit 2
fi

# tell TEXT: называет повреждения, строка на каждое; управляющие знаки в именах не печатает
tell() {
    [ -n "$1" ] || return 0
    printf '%s\n' "$1" | tr '\001-\011\013-\037\177' '?'
    bad=1
}

# names LIST...: имена, которые стоят в списках
names() { sed -e 's/^[^ ]* //' -e 's/^[ *]//' "$@" 2>/dev/null; }

# good LIST: строки списка, по которым есть что считать; о прочих говорит в канал 3
good() {
    while IFS= read -r line || [ -n "$line" ]; do
        digest=${line%% *}
        name=${line#* }
        name=${name#[ *]}
        case $digest in *[!0-9a-fA-F]*) digest= ;; esac
        case /$name/ in *//* | */../* | *\\*) digest= ;; esac
        if [ "${#digest}" -ne 128 ]; then
            printf 'НЕГОДНАЯ СТРОКА В %s: %s\n' "$1" "$line" >&3
        elif [ -f "$name" ] && [ ! -L "$name" ]; then
            printf '%s\n' "$line"
        elif [ -e "$name" ] || [ -L "$name" ]; then
            : # о нём скажет specials
        else
            printf 'НЕТ ФАЙЛА: %s\n' "$name" >&3
        fi
    done <"$1"
}

# sums LIST: называет файлы списка, которых нет или у которых другая сумма
sums() {
    if [ ! -f "$1" ] || [ -L "$1" ]; then
        echo "НЕТ СПИСКА: $1"
        return
    fi
    { good "$1" | $sha512 -c - 2>/dev/null | sed -n \
        -e '/: OK$/d' \
        -e 's/^\(.*\): FAILED open or read$/НЕ ЧИТАЕТСЯ: \1/p' \
        -e 's/^\(.*\): FAILED$/ИЗМЕНЁН: \1/p'; } 3>&1
}

# strangers LIST... < имена найденных файлов: называет те, которых в списках нет
strangers() {
    listed=$(names "$@")
    found=$(sed 's/^\.\///')
    printf '%s\n%s\n%s\n' "$listed" "$listed" "$found" | sort | uniq -u |
        sed -e '/^$/d' -e 's/^/ЛИШНИЙ ФАЙЛ: /'
    printf '%s\n' "$listed" | sort | uniq -d | sed -e '/^$/d' -e 's/^/ДВАЖДЫ В СПИСКЕ: /'
}

# specials < имена: ссылки, каналы и устройства документов не хранят
specials() { sed -e '/^$/d' -e 's/^\.\///' -e 's/^/НЕ ОБЫЧНЫЙ ФАЙЛ: /'; }

# gost: вторая сумма документов, другим способом; без программы для неё список пропускается
gost() {
    [ -f gost/streebog256.txt ] || return
    if [ "$(names gost/streebog256.txt | sort)" != "$(names manifest-sha512.txt | sort)" ]; then
        tell "СПИСОК ПО ГОСТ НАЗЫВАЕТ НЕ ТЕ ДОКУМЕНТЫ: gost/streebog256.txt"
    elif [ ! -s gost/streebog256.txt ] || [ -n "$(find data ! -type d ! -type f)" ]; then
        return
    elif command -v rhash >/dev/null 2>&1; then
        said=$(rhash --gost12-256 --skip-ok -c gost/streebog256.txt 2>&1) ||
            tell "СУММЫ ПО ГОСТ НЕ СХОДЯТСЯ:
$(printf '%s\n' "$said" | sed -n 's/  *ERR$//p')"
    elif command -v gost12sum >/dev/null 2>&1; then
        said=$(gost12sum -c gost/streebog256.txt 2>&1) || tell "СУММЫ ПО ГОСТ НЕ СХОДЯТСЯ:
$said"
    else
        no_gost=1
    fi
}

# seal FILE ROOT...: печать файла – подпись FILE.p7s, сертификат которой ведёт к одному из корневых
seal() {
    file=$1
    shift
    [ -f "$file.p7s" ] && [ ! -L "$file.p7s" ] || return
    if ! openssl cms -help 2>&1 | grep no_check_time >/dev/null; then
        no_openssl=$((no_openssl + 1))
    elif [ ! -f "$1" ]; then
        no_roots=$((no_roots + 1))
    elif cat "$@" | seal_holds -CAfile /dev/stdin; then
        :
    elif od -An -tx1 "$file.p7s" | tr -d ' \n' | grep 2a8503 >/dev/null; then
        gost_seals=$((gost_seals + 1))
    elif seal_holds -noverify </dev/null; then
        echo "ЧЬЯ ПЕЧАТЬ, НЕ ДОКАЗАНО (нет её корневого сертификата): $file.p7s"
    else
        tell "ПЕЧАТЬ НЕ СХОДИТСЯ: $file.p7s"
    fi
}

seal_holds() {
    openssl cms -verify -binary -inform DER -in "$file.p7s" -content "$file" \
        -no_check_time -purpose any -out /dev/null "$@" >/dev/null 2>&1
}

# digest FILE: её SHA-512 так, как она напечатана на бумаге
digest() {
    $sha512 "$1" | sed -e 's/ .*//' -e 's/......../& /g' | fold -w 36 | sed -e 's/ *$//' -e 's/^/  /'
}

# bag FOLDER: всё дело
bag() {
    echo "Дело $(basename "$1")"
    cd "$1" || exit 2
    if [ ! -f bagit.txt ]; then
        tell "ЭТО НЕ ДЕЛО: $1"
        cd "$root" || exit 2
        return
    fi
    [ "$(cat bagit.txt)" = "BagIt-Version: 1.0
Tag-File-Character-Encoding: UTF-8" ] || tell "НЕГОДНЫЙ ФАЙЛ: bagit.txt"
    tell "$(sums tagmanifest-sha512.txt)"
    tell "$(sums manifest-sha512.txt)"
    tell "$(find . ! -type d | grep -vxE "\./tagmanifest-sha512\.txt$SEALS" |
        strangers tagmanifest-sha512.txt manifest-sha512.txt)"
    tell "$(find . ! -type d ! -type f | specials)"
    tell "$(find . -name '*[[:cntrl:]]*' | sed 's/^/НЕГОДНОЕ ИМЯ: /')"
    payload=$(find data -type f -exec ls -ln {} + 2>/dev/null |
        awk '{size += $5; count++} END {printf "%.0f.%d", size, count}')
    [ "$(sed -n 's/^Payload-Oxum: *//p' bag-info.txt 2>/dev/null)" = "$payload" ] ||
        tell "ОБЪЁМ ДОКУМЕНТОВ НЕ ТОТ (Payload-Oxum): bag-info.txt"
    gost
    if [ -f tagmanifest-sha512.txt.p7s ]; then
        sealed=1
        seal tagmanifest-sha512.txt evidence/trust-*.pem
    fi
    cd "$root" || exit 2
}

SEALS='(\.p7s|\.tst|\.p7s\.tst)?'

# outside: имена всего, что должно стоять в списке носителя: файлы вне дел, описи дел, их печати
outside() {
    find . \( -path ./bags -o -path ./parity -o -path ./lost+found -o -path './.Trash*' \
        -o -path './System Volume Information' -o -path './$RECYCLE.BIN' \
        -o -path ./.Spotlight-V100 -o -path ./.fseventsd \) -prune -o "$@" -print
}

# назван сам носитель: он проверяется весь
if [ $# -eq 1 ]; then
    case $1 in
    /*) place=$1 ;;
    *) place=$start/$1 ;;
    esac
    if [ -f "$place/volume-sha512.txt" ]; then
        cd "$place" || exit 2
        root=$PWD
        shift
    fi
fi

if [ $# -gt 0 ]; then
    for one in "$@"; do
        case $one in
        /*) ;;
        *) if [ -d "$start/$one" ]; then one=$start/$one; fi ;;
        esac
        if [ -d "$one" ]; then bag "$one"; else tell "ЭТО НЕ ДЕЛО: $one"; fi
        if [ -f "$one/tagmanifest-sha512.txt" ]; then
            echo "SHA-512 файла tagmanifest-sha512.txt (сравните с актом):"
            digest "$one/tagmanifest-sha512.txt"
        fi
    done
else
    tell "$(sums volume-sha512.txt)"
    tell "$({
        outside ! -type d | grep -vxE "\./volume-sha512\.txt$SEALS"
        for one in bags/* bags/.[!.]* bags/..?*; do
            for name in .txt .txt.p7s .txt.tst .txt.p7s.tst; do
                if [ -e "$one/tagmanifest-sha512$name" ]; then echo "$one/tagmanifest-sha512$name"; fi
            done
        done
    } | strangers volume-sha512.txt)"
    tell "$(outside ! -type d ! -type f | specials)"
    tell "$(outside -name '*[[:cntrl:]]*' | sed 's/^/НЕГОДНОЕ ИМЯ: /')"
    for one in bags bags/* bags/.[!.]* bags/..?* parity parity/* parity/.[!.]* parity/..?*; do
        if [ -L "$one" ]; then
            tell "НЕ ОБЫЧНЫЙ ФАЙЛ: $one"
        elif [ -e "$one" ] && [ ! -d "$one" ]; then
            tell "ЛИШНИЙ ФАЙЛ: $one"
        elif [ "$one" = bags ] || [ "$one" = parity ] || [ "$one" = bags/.incoming ]; then
            :
        elif [ -d "$one" ] && [ -n "$(find "$one" ! -type d)" ]; then
            case $one in
            bags/*) bag "$one" ;;
            *)
                cd "$one" || exit 2
                echo "Данные восстановления $(basename "$one")"
                tell "$(sums sha512.txt)"
                tell "$(find . ! -type d ! -path ./sha512.txt | strangers sha512.txt)"
                tell "$(find . ! -type d ! -type f | specials)"
                cd "$root" || exit 2
                ;;
            esac
        fi
    done
    if [ -n "$sealed" ] && [ ! -f volume-sha512.txt.p7s ]; then
        tell "НЕТ ПЕЧАТИ: volume-sha512.txt.p7s"
    fi
    seal volume-sha512.txt bags/*/evidence/trust-*.pem
fi

echo
if [ -n "$no_gost" ]; then
    echo "Суммы по ГОСТ не проверены: нет программы rhash. Суммы SHA-512 проверены."
fi
if [ "$no_openssl" -gt 0 ]; then
    echo "Печати не проверены ($no_openssl): нет программы openssl 1.1 или новее."
fi
if [ "$no_roots" -gt 0 ]; then
    echo "Печати не проверены ($no_roots): в делах нет корневых сертификатов."
fi
if [ "$gost_seals" -gt 0 ]; then
    echo "Печати по ГОСТ не проверены ($gost_seals): openssl без модуля gost их не понимает."
fi
if [ "$bad" -eq 0 ]; then
    echo "Все файлы целы."
else
    echo "НАЙДЕНЫ ПОВРЕЖДЕНИЯ. Не пишите на носитель, позовите того, кто отвечает за архив."
fi
if [ $# -eq 0 ] && [ -f docs/opis.csv ]; then
    echo "SHA-512 файла docs/opis.csv (сравните с наклейкой или паспортом носителя):"
    digest docs/opis.csv
fi
echo "Подлинность этим не доказана: см. ОПИСАНИЕ.txt"
exit "$bad"
