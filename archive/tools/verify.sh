#!/bin/sh
# Проверяет носитель архива: sh tools/verify.sh. Ничего не меняет. Нужны только coreutils и find.
LC_ALL=C
export LC_ALL
unset CDPATH
cd "$(dirname "$0")/.." || exit 2
root=$PWD
bad=0

# sums LIST: каждый файл списка должен быть на месте и с той же суммой
sums() {
    sha512sum -c --quiet --strict "$1" || bad=1
}

# strangers LIST... < имена найденных файлов: печатает те, которых в списках нет
strangers() {
    found=$(sed 's/^\.\///')
    listed=$(sed 's/^[^ ]*  //' "$@")
    extra=$(printf '%s\n%s\n%s\n' "$listed" "$listed" "$found" | sort | uniq -u | sed '/^$/d')
    [ -z "$extra" ] || printf '%s\n' "$extra" | sed 's/^/ЛИШНИЙ ФАЙЛ: /'
    [ -z "$extra" ]
}

sums volume-sha512.txt
{
    find . -path ./bags -prune -o ! -type d ! -path './volume-sha512.txt*' \
        ! -path './lost+found/*' ! -path './System Volume Information/*' \
        ! -path './$RECYCLE.BIN/*' ! -path './.Trash*' \
        ! -path './.Spotlight-V100/*' ! -path './.fseventsd/*' -print
    find ./bags ! -type d -path './bags/*/tagmanifest-sha512.txt*' ! -path './bags/.incoming/*'
} 2>/dev/null | strangers volume-sha512.txt || bad=1

for bag in bags/*/; do
    [ -d "$bag" ] || continue
    echo "Дело ${bag%/}"
    cd "$bag" || exit 2
    sums tagmanifest-sha512.txt
    sums manifest-sha512.txt
    find . ! -type d ! -path './tagmanifest-sha512.txt*' |
        strangers tagmanifest-sha512.txt manifest-sha512.txt || bad=1
    cd "$root" || exit 2
done

if [ "$bad" -eq 0 ]; then
    echo "Все файлы целы."
else
    echo "НАЙДЕНЫ ПОВРЕЖДЕНИЯ. Не пишите на носитель, позовите того, кто отвечает за архив."
fi
exit "$bad"
