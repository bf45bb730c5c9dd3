@echo off
setlocal EnableExtensions DisableDelayedExpansion
rem Checks the archive medium with certutil only; changes nothing.
rem A name found on the medium stands in quotes or in a "for" variable and is never handed to "call",
rem so no name can act as a command. What holds a sign our own names never have is a stranger at once.
set "codepage="
for /f "tokens=2 delims=:." %%C in ('chcp') do set "codepage=%%C"
chcp 65001 >nul
set "PLAIN=abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/"
set "HEX=0123456789abcdefABCDEF"
set "EMPTY=cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
set /a bad=0, number=0, total=0
for %%V in (where prefix odd_place sealed name) do set "%%V="
pushd "%~dp0.."
if errorlevel 1 (
    echo Папка носителя не открывается.
    set /a bad=1
    goto end
)

set "list=volume-sha512.txt"
call :count
for /d %%B in (bags\*) do for %%L in (tagmanifest manifest) do (
    set "list=%%B\%%L-sha512.txt"
    call :count
)
for /d %%P in (parity\*) do (
    set "list=%%P\sha512.txt"
    call :count
)
echo Файлов в списках: %total%. Проверка займёт от нескольких минут до получаса. Дождитесь её конца.

echo Файлы вне дел
set "list=volume-sha512.txt"
call :list
for %%S in (txt txt.p7s txt.tst txt.p7s.tst) do set "seen_volume-sha512.%%S=1"
set "files=:stranger"
set "folders=:root_folder"
call :each
set "folder=bags"
if exist bags\ call :cases
if defined sealed if not exist volume-sha512.txt.p7s (
    echo НЕТ ПЕЧАТИ: "volume-sha512.txt.p7s"
    set /a bad+=1
)
set "folder=parity"
if exist parity\ call :cases

echo.
echo Проверено файлов: %number%
if %bad% equ 0 (
    echo Все файлы целы.
) else (
    echo НАЙДЕНЫ ПОВРЕЖДЕНИЯ: %bad%. Не пишите на носитель, позовите того, кто отвечает за архив.
)
if exist docs\opis.csv call :inventory
echo Подлинность этим не доказана: см. ОПИСАНИЕ.txt
popd
:end
pause
if defined codepage chcp %codepage% >nul
if %bad% equ 0 (exit /b 0) else (exit /b 1)

rem --- lists: every file is there with its digest, its name is kept as seen_NAME -----------------
rem The one name of ours that is not plain Latin is that of the guide. Code pages may garble it in the
rem lists, so every such name is taken for it: of a wrong one the digest tells.

:count
if exist "%list%" for /f "usebackq eol=| delims=" %%H in ("%list%") do set /a total+=1
exit /b 0

:list
if not exist "%list%" (
    echo НЕТ СПИСКА: "%where%%list%"
    set /a bad+=1
    exit /b 0
)
for /f "usebackq eol=| tokens=1,*" %%H in ("%list%") do (
    set "want=%%H"
    set "name=%%I"
    for /f "eol=| delims=%HEX%" %%X in ("a%%H") do if not "%%X"=="" set "want=-"
    for /f "eol=| delims=%PLAIN%" %%X in ("a%%I") do if not "%%X"=="" set "name=ОПИСАНИЕ.txt"
    call :file
)
exit /b 0

:file
set /a number+=1
set /a step=number %% 50
title %number% / %total%
if %step% equ 0 echo   файл %number% из %total%
if not defined name goto bad_line
if not "%name:..=%"=="%name%" goto bad_line
if "%name:~0,1%"=="/" goto bad_line
if defined seen_%name% (
    echo ДВАЖДЫ В СПИСКЕ: "%where%%name%"
    set /a bad+=1
)
set "seen_%name%=1"
set "file=%name:/=\%"
if not exist "%file%" (
    echo НЕТ ФАЙЛА: "%where%%name%"
    set /a bad+=1
    exit /b 0
)
call :digest
if not defined sum (
    echo НЕ ЧИТАЕТСЯ: "%where%%name%"
    set /a bad+=1
    exit /b 0
)
if /i not "%sum%"=="%want%" (
    echo ИЗМЕНЁН: "%where%%name%"
    set /a bad+=1
)
exit /b 0

:bad_line
echo НЕГОДНАЯ СТРОКА В СПИСКЕ: "%where%%list%"
set /a bad+=1
exit /b 0

:digest
rem The second line certutil prints is the digest, in Windows 7 with spaces; it refuses empty files.
set "sum="
for %%F in ("%file%") do if "%%~zF"=="0" set "sum=%EMPTY%"
if defined sum exit /b 0
for /f "skip=1 eol=| delims=" %%S in ('certutil -hashfile "%file%" SHA512') do if not defined sum (
    set "sum=%%S"
    for /f "eol=| delims=%HEX% " %%X in ("a%%S") do if not "%%X"=="" set "sum=-"
)
if "%sum%"=="-" set "sum="
if defined sum set "sum=%sum: =%"
exit /b 0

:inventory
set "file=docs\opis.csv"
call :digest
if not defined sum exit /b 0
echo.
echo SHA-512 файла docs/opis.csv (сравните с наклейкой или паспортом носителя):
echo   %sum:~0,8% %sum:~8,8% %sum:~16,8% %sum:~24,8%
echo   %sum:~32,8% %sum:~40,8% %sum:~48,8% %sum:~56,8%
echo   %sum:~64,8% %sum:~72,8% %sum:~80,8% %sum:~88,8%
echo   %sum:~96,8% %sum:~104,8% %sum:~112,8% %sum:~120,8%
exit /b 0

rem --- cases, and recovery data, which lie in folders of the same names --------------------------

:cases
set "where=%folder%/"
set "files=:beside"
set "folders=:case"
pushd "%folder%"
call :each
popd
set "where="
exit /b 0

:beside
echo ЛИШНИЙ ФАЙЛ: "%where%%name%"
set /a bad+=1
exit /b 0

:case
if "%folder%/%name%"=="bags/.incoming" exit /b 0
call :is_odd
if defined odd goto odd_case
if "%folder%"=="bags" call :listed_case
setlocal
for /f "eol=| delims==" %%V in ('set seen_') do set "%%V="
set "seen_ОПИСАНИЕ.txt="
set "where=%folder%/%name%/"
set "files=:stranger"
set "folders=:descend"
pushd "%name%"
if errorlevel 1 goto closed_folder
echo Дело "%name%", файл %number% из %total%
if "%folder%"=="bags" (call :bag_lists) else call :parity_list
call :each
popd
endlocal & set /a bad=%bad%, number=%number%
exit /b 0

:odd_case
echo ЛИШНЯЯ ПАПКА: "%where%%name%"
set /a bad+=1
exit /b 0

:bag_lists
set "list=tagmanifest-sha512.txt"
call :list
set "list=manifest-sha512.txt"
call :list
for %%S in (txt txt.p7s txt.tst txt.p7s.tst) do set "seen_tagmanifest-sha512.%%S=1"
exit /b 0

:parity_list
set "list=sha512.txt"
call :list
set "seen_sha512.txt=1"
exit /b 0

:listed_case
rem The list of the medium names the tag manifest of every case and the seals beside it.
if exist "%name%\tagmanifest-sha512.txt.p7s" set "sealed=1"
for %%S in (txt txt.p7s txt.tst txt.p7s.tst) do (
    if exist "%name%\tagmanifest-sha512.%%S" if not defined seen_bags/%name%/tagmanifest-sha512.%%S (
        echo НЕТ В СПИСКЕ НОСИТЕЛЯ: "%where%%name%/tagmanifest-sha512.%%S"
        set /a bad+=1
    )
)
exit /b 0

rem --- what no list names -----------------------------------------------------------------------

:each
rem Calls %files% and %folders% for what lies in the current folder, its name in %name%.
rem "for" leaves out what is hidden; "dir" finds it.
for %%F in (*) do (
    set "name=%%F"
    call %files%
)
for /f "eol=| delims=" %%F in ('dir /b /ah-d 2^>nul ^& dir /b /as-h-d 2^>nul') do (
    set "name=%%F"
    call %files%
)
for /d %%F in (*) do (
    set "name=%%F"
    call %folders%
)
for /f "eol=| delims=" %%F in ('dir /b /adh 2^>nul ^& dir /b /ads-h 2^>nul') do (
    set "name=%%F"
    call %folders%
)
exit /b 0

:root_folder
rem Cases have lists of their own; the rest an operating system puts there by itself.
for %%S in (bags parity lost+found "System Volume Information" $RECYCLE.BIN .Trashes .Spotlight-V100 .fseventsd) do (
    if /i "%name%"=="%%~S" exit /b 0
)
if "%name:~0,7%"==".Trash-" exit /b 0

:descend
setlocal
call :is_odd
set "odd_place=%odd%"
set "prefix=%prefix%%name%/"
set "folders=:descend"
pushd "%name%"
if errorlevel 1 goto closed_folder
call :each
popd
endlocal & set /a bad=%bad%
exit /b 0

:closed_folder
echo ПАПКА НЕ ОТКРЫВАЕТСЯ: "%where%%prefix%"
endlocal & set /a bad=%bad%+1
exit /b 0

:stranger
call :is_odd
if defined odd goto not_listed
if defined seen_%prefix%%name% exit /b 0
:not_listed
echo ЛИШНИЙ ФАЙЛ: "%where%%prefix%%name%"
set /a bad+=1
exit /b 0

:is_odd
rem Whether %name%, or the folder it lies in, has a sign our own names never have.
set "odd=%odd_place%"
if "%name%"=="ОПИСАНИЕ.txt" exit /b 0
for /f "eol=| delims=%PLAIN%" %%X in ("a%name%") do if not "%%X"=="" set "odd=1"
exit /b 0
