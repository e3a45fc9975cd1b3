// SPDX-License-Identifier: GPL-3.0-only
//
// The Executive's own pages, as the kernel mapped them at boot. They are mapped over in place, without an
// unmap: the code that does it and its stack lie there.
#include "executive/mm/boot.hpp"
#include "executive/mm/execute_disable.hpp"
#include "executive/mm/pages.hpp"

namespace mm {

namespace {

Result<void> remap(CPtr frame, uint64_t address, seL4_CapRights_t rights, seL4_X86_VMAttributes attributes) {
    seL4_Error error = seL4_X86_Page_Map(frame, seL4_CapInitThreadVSpace, address, rights, attributes);
    return error ? Result<void>(fail(ke::from_kernel(error))) : Result<void>();
}

Result<void> protect_part(const BootImage& image, CPtr frames, uint64_t address) {
    CPtr frame = frames + (address - image.start) / kPageSize;
    if (address == image.stack_guard) {
        seL4_Error error = seL4_X86_Page_Unmap(frame);
        return error ? Result<void>(fail(ke::from_kernel(error))) : Result<void>();
    }
    if (address < image.constants) return remap(frame, address, seL4_CanRead, seL4_X86_Default_VMAttributes);
    bool written = address >= image.data && address < image.archive;
    return remap(frame, address, written ? seL4_ReadWrite : seL4_CanRead, data_attributes());
}

}  // namespace

Result<void> protect_boot_image(const seL4_BootInfo& boot_info, const BootImage& image) {
    for (uint64_t at = image.start; at < image.end; at += kPageSize)
        TRY(protect_part(image, boot_info.userImageFrames.start, at));
    auto information = reinterpret_cast<uint64_t>(&boot_info);
    TRY(remap(seL4_CapInitThreadIPCBuffer, reinterpret_cast<uint64_t>(boot_info.ipcBuffer), seL4_ReadWrite,
              data_attributes()));
    TRY(remap(seL4_CapBootInfoFrame, information, seL4_CanRead, data_attributes()));
    seL4_SlotRegion extra = boot_info.extraBIPages;
    for (CPtr frame = extra.start; frame < extra.end; ++frame)
        TRY(remap(frame, information + (frame - extra.start + 1) * kPageSize, seL4_CanRead,
                  data_attributes()));
    return {};
}

}  // namespace mm
