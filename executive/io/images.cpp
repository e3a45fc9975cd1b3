// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/images.hpp"

#include "executive/io/open.hpp"

namespace io {

namespace {

Result<Ref<mm::Section>> make_section(File& file, std::u16string_view name) {
    Ref<mm::Backing> backing = TRY(file.device().backing(file));
    return mm::Section::create_image(std::move(backing), PAGE_EXECUTE_READ, name);
}

}  // namespace

Result<Ref<mm::Backing>> file_backing(ob::Object& object, ACCESS_MASK granted, std::u16string_view& name) {
    File* file = ob::as<File>(object);
    if (!file) return fail(STATUS_OBJECT_TYPE_MISMATCH);
    if (!(granted & (FILE_READ_DATA | FILE_EXECUTE))) return fail(STATUS_ACCESS_DENIED);
    name = TRY(file->full_path());
    return file->device().backing(*file);
}

Task<Result<Ref<mm::Section>>> open_image(ke::Call* call, String path) {
    String name = CO_TRY(path.copy());
    OpenOptions options;
    options.access = FILE_EXECUTE | FILE_READ_DATA | SYNCHRONIZE;
    options.share = FILE_SHARE_READ | FILE_SHARE_DELETE;
    options.options = FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT;
    Opened opened = CO_TRY(co_await open_path(call, std::move(path), options));
    auto section = make_section(*opened.file, name);
    opened.file->last_handle_closed();
    co_return section;
}

}  // namespace io
