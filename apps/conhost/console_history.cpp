// SPDX-License-Identifier: GPL-3.0-only
//
// What programs ask of the lines that were entered.
#include "apps/conhost/console.hpp"

namespace conhost {

bool Console::control_history(const CONDRV_MESSAGE& message) {
    switch (message.Code) {
        case CONDRV_GET_HISTORY_INFO: {
            const CONDRV_HISTORY_INFO info = {histories_.most_lines(), histories_.most_lists(),
                                              histories_.unique() ? CONDRV_HISTORY_NO_DUPLICATES : 0};
            if (message.OutputLength < sizeof info) return answer(message, STATUS_BUFFER_TOO_SMALL), true;
            return answer(message, STATUS_SUCCESS, &info, sizeof info), true;
        }
        case CONDRV_SET_HISTORY_INFO:
            set_history_info(message);
            return true;
        case CONDRV_GET_HISTORY:
            get_history(message);
            return true;
        case CONDRV_EXPUNGE_HISTORY:
            expunge_history(message);
            return true;
        default:
            return false;
    }
}

// A client has a list of its own; another program's readers have one together.
History* Console::history_of(const CONDRV_MESSAGE& message) {
    return histories_.of(is_process(message.Process) ? message.Process : 0, program_of(message.Process));
}

void Console::set_history_info(const CONDRV_MESSAGE& message) {
    CONDRV_HISTORY_INFO info;
    const bool good = argument(message, info) && !(info.Flags & ~CONDRV_HISTORY_NO_DUPLICATES) &&
                      histories_.configure(info.Lines, info.Lists, info.Flags & CONDRV_HISTORY_NO_DUPLICATES);
    answer(message, good ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER);
}

void Console::get_history(const CONDRV_MESSAGE& message) {
    const History* list = histories_.find(read_text(message, 0));
    scratch_.clear();
    if (list)
        for (const Text& line : list->lines()) {
            scratch_.append(line);
            scratch_.append(u'\0');
        }
    const ULONG size = static_cast<ULONG>(scratch_.size() * sizeof(WCHAR));
    if (size <= message.OutputLength) return answer(message, STATUS_SUCCESS, scratch_.view().data, size);
    const bool told = message.OutputLength >= sizeof size;
    answer(message, STATUS_BUFFER_TOO_SMALL, &size, told ? sizeof size : 0);
}

void Console::expunge_history(const CONDRV_MESSAGE& message) {
    if (History* list = histories_.find(read_text(message, 0))) list->clear();
    if (kept_) keep_lines(*kept_, histories_);
    answer(message, STATUS_SUCCESS);
}

}  // namespace conhost
