@echo off
rem SPDX-License-Identifier: GPL-3.0-only
ninja -v
echo first %errorlevel%
ninja
echo second %errorlevel%
del b.mid
ninja -j1
echo third %errorlevel%
ninja missing.txt
echo fourth %errorlevel%
