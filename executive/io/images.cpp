// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/images.hpp"

#include "executive/io/open.hpp"
#include "executive/ke/page_in.hpp"

namespace io {

namespace {

Result<Ref<mm::Section>> make_section(File& file, std::u16string_view name) {
    Ref<mm::ControlArea> area = TRY(file.device().control_area(file));
    return mm::Section::create_image(std::move(area), PAGE_EXECUTE_READ, SEC_IMAGE, name);
}

}  // namespace

Result<Ref<mm::ControlArea>> control_area(ob::Object& object, std::u16string_view& name) {
    File* file = ob::as<File>(object);
    if (!file) return fail(STATUS_OBJECT_TYPE_MISMATCH);
    name = TRY(file->full_path());
    return file->device().control_area(*file);
}

Task<Result<Ref<mm::Section>>> open_image(ke::Call* call, String path) {
    String name = CO_TRY(path.copy());
    OpenOptions options;
    options.access = FILE_EXECUTE | SYNCHRONIZE;
    options.share = FILE_SHARE_READ | FILE_SHARE_DELETE;
    options.options = FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT;
    Opened opened = CO_TRY(co_await open_path(call, std::move(path), options));
    for (;;) {
        auto section = make_section(*opened.file, name);
        std::optional<ke::PageIn> page = section ? std::nullopt : ke::PageIn::take(section.error());
        NTSTATUS status = STATUS_SUCCESS;
        if (page) status = call ? co_await page->wait(call->thread()) : co_await page->wait();
        if (page && NT_SUCCESS(status)) continue;
        opened.file->last_handle_closed();
        if (status == STATUS_THREAD_IS_TERMINATING) co_return fail(status);
        co_return section;
    }
}

}  // namespace io
