@rem SPDX-License-Identifier: GPL-3.0-only
@echo other %0 with %1 and %2
@exit /b 0
