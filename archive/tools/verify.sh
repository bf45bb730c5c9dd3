#!/bin/sh
# Проверяет носитель архива: sh tools/verify.sh. Одно дело: sh tools/verify.sh bags/ИМЯ.
# Ничего не меняет. Нужны только coreutils (или shasum) и find; суммы по ГОСТ проверяет rhash
# или gost12sum, если они есть. Код завершения: 0 – всё цело, 1 – есть повреждения.
LC_ALL=C
export LC_ALL
unset CDPATH
cd "$(dirname "$0")/.." || exit 2
root=$PWD
bad=0

if command -v sha512sum >/dev/null 2>&1; then
    sha512() { sha512sum -c --quiet --strict "$1"; }
elif command -v shasum >/dev/null 2>&1; then
    sha512() { shasum -a 512 -c "$1" | grep -v ': OK$'; shasum -a 512 -s -c "$1"; }
else
    echo "Нет программы sha512sum. Проверьте носитель так: python3 tools/verify.py"
    exit 2
fi

# sums LIST: каждый файл списка должен быть на месте и с той же суммой
sums() {
    if [ ! -f "$1" ]; then
        echo "НЕТ СПИСКА: $1"
        bad=1
    elif [ -s "$1" ]; then
        sha512 "$1" || bad=1
    fi
}

# gost LIST: вторая сумма, другим способом; без программы для неё список пропускается
gost() {
    if command -v rhash >/dev/null 2>&1; then
        rhash --gost12-256 --skip-ok -c "$1" >/dev/null 2>&1 && return
        echo "СУММЫ ПО ГОСТ НЕ СХОДЯТСЯ:"
        rhash --gost12-256 --skip-ok -c "$1" 2>&1
        bad=1
    elif command -v gost12sum >/dev/null 2>&1; then
        gost12sum -c "$1" || bad=1
    else
        skipped=1
    fi
}

# strangers LIST... < имена найденных файлов: печатает те, которых в списках нет
strangers() {
    found=$(sed 's/^\.\///')
    listed=$(sed 's/^[^ ]*  //' "$@" 2>/dev/null)
    extra=$(printf '%s\n%s\n%s\n' "$listed" "$listed" "$found" | sort | uniq -u | sed '/^$/d')
    [ -z "$extra" ] || printf '%s\n' "$extra" | sed 's/^/ЛИШНИЙ ФАЙЛ: /'
    [ -z "$extra" ]
}

# specials FOLDER: ссылки и другие не обычные файлы содержания не хранят
specials() {
    odd=$(find "$1" ! -type d ! -type f 2>/dev/null)
    [ -z "$odd" ] && return
    printf '%s\n' "$odd" | sed 's/^/НЕ ОБЫЧНЫЙ ФАЙЛ: /'
    bad=1
}

# bag FOLDER: всё дело
bag() {
    echo "Дело $(basename "$1")"
    cd "$1" || exit 2
    sums tagmanifest-sha512.txt
    sums manifest-sha512.txt
    if [ -s gost/streebog256.txt ]; then gost gost/streebog256.txt; fi
    find . ! -type d ! -path './tagmanifest-sha512.txt*' |
        strangers tagmanifest-sha512.txt manifest-sha512.txt || bad=1
    specials .
    cd "$root" || exit 2
}

if [ $# -gt 0 ]; then
    for one in "$@"; do
        if [ -f "$one/bagit.txt" ]; then
            bag "$one"
        else
            echo "ЭТО НЕ ДЕЛО: $one"
            bad=1
        fi
    done
else
    sums volume-sha512.txt
    {
        find . \( -path ./bags -o -path ./parity \) -prune -o ! -type d \
            ! -path './volume-sha512.txt*' \
            ! -path './lost+found/*' ! -path './System Volume Information/*' \
            ! -path './$RECYCLE.BIN/*' ! -path './.Trash*' \
            ! -path './.Spotlight-V100/*' ! -path './.fseventsd/*' -print
        find ./bags ! -type d -path './bags/*/tagmanifest-sha512.txt*' ! -path './bags/.incoming/*'
    } 2>/dev/null | strangers volume-sha512.txt || bad=1
    for one in bags/*/; do
        if [ -d "$one" ]; then bag "${one%/}"; fi
    done
    for one in parity/*/; do
        [ -d "$one" ] || continue
        cd "$one" || exit 2
        sums sha512.txt
        cd "$root" || exit 2
    done
fi

if [ -n "$skipped" ]; then
    echo "Суммы по ГОСТ не проверены: нет программы rhash. Суммы SHA-512 проверены."
fi
if [ "$bad" -eq 0 ]; then
    echo "Все файлы целы."
else
    echo "НАЙДЕНЫ ПОВРЕЖДЕНИЯ. Не пишите на носитель, позовите того, кто отвечает за архив."
fi
exit "$bad"
