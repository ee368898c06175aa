@echo off
rem Look for a Python that the bundle is made for, and leave the rest to install.py.
setlocal
set "FOUND="
cd /d "%~dp0" 2>nul || goto missing
for %%V in (3.13 3.12 3.11) do if not defined FOUND (
  py -%%V install.py --fits >nul 2>nul && set "FOUND=py -%%V"
)
if not defined FOUND (
  python install.py --fits >nul 2>nul && set "FOUND=python"
)
if not defined FOUND goto missing
%FOUND% install.py
set "CODE=%ERRORLEVEL%"
goto done
:missing
type "%~dp0not_installed.txt"
set "CODE=1"
:done
if not defined JUNHENG_NO_PAUSE pause
exit /b %CODE%
