@echo off
rem Checks the archive medium with certutil only. Changes nothing.
chcp 65001 >nul
setlocal EnableExtensions EnableDelayedExpansion
set "EMPTY=cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
pushd "%~dp0.."
set /a bad=0
set /a checked=0
call :list volume-sha512.txt
for /d %%B in (bags\*) do (
    if /i not "%%~nxB"==".incoming" (
        echo Дело %%~nxB
        pushd "%%B"
        call :list tagmanifest-sha512.txt
        call :list manifest-sha512.txt
        call :strangers
        popd
    )
)
popd
echo.
echo Проверено файлов: !checked!
if !bad! equ 0 (
    echo Все файлы целы.
) else (
    echo НАЙДЕНЫ ПОВРЕЖДЕНИЯ: !bad!. Не пишите на носитель, позовите того, кто отвечает за архив.
)
pause
if !bad! equ 0 (exit /b 0) else (exit /b 1)

:list
if not exist "%~1" (
    echo НЕТ ФАЙЛА: %~1
    set /a bad+=1
    exit /b
)
for /f "usebackq tokens=1,*" %%H in ("%~1") do call :file "%%H" "%%I"
exit /b

:file
set "path_=%~2"
set "path_=!path_:/=\!"
set /a checked+=1
if not exist "!path_!" (
    echo НЕТ ФАЙЛА: !path_!
    set /a bad+=1
    exit /b
)
set "sum="
for %%F in ("!path_!") do if %%~zF equ 0 set "sum=%EMPTY%"
if not defined sum (
    for /f "skip=1 delims=" %%S in ('certutil -hashfile "!path_!" SHA512') do (
        if not defined sum set "sum=%%S"
    )
    set "sum=!sum: =!"
)
if /i not "!sum!"=="%~1" (
    echo ИЗМЕНЁН: !path_!
    set /a bad+=1
)
exit /b

:strangers
for /f "delims=" %%F in ('dir /s /b /a-d') do (
    set "full=%%F"
    set "name=!full:%CD%\=!"
    set "name=!name:\=/!"
    set "skip="
    if /i "!name:~0,22!"=="tagmanifest-sha512.txt" set "skip=1"
    rem findstr cannot look for Cyrillic; this is the only such name, and it was checked above
    if "!name!"=="ОПИСАНИЕ.txt" set "skip=1"
    if not defined skip (
        findstr /l /e /c:"  !name!" manifest-sha512.txt tagmanifest-sha512.txt >nul
        if errorlevel 1 (
            echo ЛИШНИЙ ФАЙЛ: !name!
            set /a bad+=1
        )
    )
)
exit /b
