@echo off
rem junheng.bat COMMAND ...: run junheng in this folder, where raw and var are. Double-clicked: a window to type in.
setlocal
cd /d "%~dp0" 2>nul || goto missing
if not exist ".venv\Scripts\junheng.exe" goto missing
set "PATH=%~dp0.venv\Scripts;%PATH%"
if "%~1"=="" goto window
junheng.exe %*
exit /b %ERRORLEVEL%
:window
rem Programs that write into a pipe or a file write UTF-8.
chcp 65001 >nul
junheng.exe
cmd /k
exit /b 0
:missing
type "%~dp0not_installed.txt"
if not defined JUNHENG_NO_PAUSE pause
exit /b 1
