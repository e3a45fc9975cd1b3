@echo off
rem SPDX-License-Identifier: GPL-3.0-only
rem What batch files can say; constructs.txt is what this one prints.
rem libwine's cmd.exe differs from NT's: call of no label keeps the errorlevel, echo( prints the bracket, %%~a has nine letters.
echo == if
if exist constructs.cmd (echo there) else echo not there
if not exist none.txt echo none
if "a"=="A" (echo same) else (echo differ)
if /i "a"=="A" echo same without case
if defined NOVAR (echo defined) else echo not defined
set VAR=value
if defined VAR echo %VAR%
if 5 lss 10 echo less
if 10 geq 10 echo at least
if "b" gtr "a" echo after
if 1 equ 2 (
    echo wrong
) else if 3 neq 4 (
    echo else if
) else (
    echo wrong
)
echo == errorlevel
cmd /c exit 3
if errorlevel 3 echo at least 3
if not errorlevel 4 echo below 4
echo %errorlevel%
cmd /c exit 0 && echo and
cmd /c exit 1 && echo wrong
cmd /c exit 1 || echo or
(echo one & echo two) & echo three
echo == for
for %%i in (a b "c d" e) do echo [%%i] [%%~i]
for /l %%i in (1,2,7) do echo %%i
for /l %%i in (3,-1,1) do echo %%i
for /f "tokens=1,3 delims=," %%a in ("one,two,three") do echo %%a-%%b
for /f "tokens=2*" %%a in ("one two three four") do echo %%a+%%b
>lines.txt echo first line
>>lines.txt echo ;comment
>>lines.txt echo second line
for /f %%a in (lines.txt) do echo word %%a
for /f "usebackq skip=1 eol=; delims=" %%a in ("lines.txt") do echo line %%a
for /f "delims=" %%a in ('echo from a command') do echo %%a
md d1 d1\d2 2>nul
echo x>d1\f1.txt
echo y>d1\d2\f2.txt
for /r d1 %%f in (*.txt) do echo %%~nxf
for /d %%d in (d*) do echo folder %%d
for %%f in (d1\*.txt) do echo %%~nf %%~xf %%~zf
echo == set
set /a N=2+3*4
echo %N%
set /a "N=(7-2)*3 %% 4, M=N<<3, K=M^5, L=~K, P=-17/4"
echo %N% %M% %K% %L% %P%
set /a N+=10
set /a H=0x1f, O=010
echo %N% %H% %O%
set TEXT=abcdefgh
echo %TEXT:~2,3% %TEXT:~-3% %TEXT:~0,-5% %TEXT:cd=XY% %TEXT:*d=Z%
set /p LINE=<lines.txt
echo %LINE%
set TEXT=
echo [%TEXT%]
echo == setlocal
setlocal
set INNER=inside
cd d1
endlocal
echo [%INNER%]
setlocal enabledelayedexpansion
set D=before
for %%i in (1 2) do (
    set D=!D!%%i
    echo %D% !D!
)
endlocal
echo == call
call :sub one "two words" three
echo back %errorlevel%
call :none 2>nul
echo no label %errorlevel%
call other.cmd x y
echo == goto
goto skip
echo wrong
:skip
set I=0
:loop
set /a I+=1
if %I% lss 3 goto loop
echo %I%
echo == modifiers
call :modifiers d1\f1.txt
echo == pushd
pushd d1
if exist f1.txt echo in d1
pushd d2
if exist f2.txt echo in d2
popd
popd
if exist constructs.cmd echo back
echo == redirection
echo out>out.txt
echo more>>out.txt
type out.txt
cmd /c "echo error 1>&2" 2>err.txt
type err.txt
dir none 2>nul >nul || echo no such
(echo grouped & echo lines)>both.txt
type both.txt | find "lines"
echo b> s.txt& echo a>>s.txt
find "a" < s.txt
echo == escapes
echo a^&b ^| c ^> d ^^ "quoted & more" 100%%
echo.
echo(
echo == files
copy /y out.txt copy.txt >nul && type copy.txt
ren copy.txt renamed.txt
if exist renamed.txt echo renamed
move /y renamed.txt d1\moved.txt >nul
if exist d1\moved.txt echo moved
attrib +r d1\moved.txt
del d1\moved.txt 2>nul
if exist d1\moved.txt echo still there
del /f d1\moved.txt
if not exist d1\moved.txt echo gone
rd d1 2>nul
if exist d1 echo not empty
rd /s /q d1
if not exist d1 echo removed
del out.txt err.txt both.txt s.txt lines.txt
echo == end
exit /b 5

:sub
echo %0 [%1] [%~2] %3 [%4] %*
shift
echo %1 %2
shift /1
echo %1
exit /b 7

:modifiers
echo %~n1 %~x1 %~nx1 %~z1
echo %~p1
echo %~d1 %~a1
echo %~dp0
echo %~f1
goto :eof
