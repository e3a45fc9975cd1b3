// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/io.hpp"

#include "executive/hal/log.hpp"
#include "executive/io/afd/device.hpp"
#include "executive/io/afd/interfaces.hpp"
#include "executive/io/archive.hpp"
#include "executive/io/condrv/condrv.hpp"
#include "executive/io/console_device.hpp"
#include "executive/io/device_security.hpp"
#include "executive/io/national.hpp"
#include "executive/io/ramfs/slow.hpp"
#include "executive/io/ramfs/volume.hpp"
#include "executive/io/volume_security.hpp"
#include "executive/ob/namespace.hpp"

namespace io {

namespace {

constexpr std::u16string_view kSystemDirectory = u"Windows\\";

// What is written to the boot volume may take a quarter of the memory that is free at boot.
constexpr uint64_t kShareOfMemory = 4;

Result<void> link(std::u16string_view path, std::u16string_view target) {
    Ref<ob::SymbolicLink> link = TRY(ob::SymbolicLink::create(target));
    return ob::insert_path(path, *link, true);
}

// Devices have descriptors of their own, not those that other names of the Executive's get.
Result<void> name_device(std::u16string_view path, Device& device) {
    TRY(ob::insert_path(path, device, true));
    return device.set_security(TRY(default_device_security(device.device_type(), device.characteristics())));
}

Result<void> add_folders(ramfs::Volume& volume) {
    TRY(volume.secure(TRY(default_descriptor(Folder::Root))));
    const std::pair<std::u16string_view, Folder> folders[] = {{u"Windows", Folder::Windows},
                                                              {u"Windows\\Temp", Folder::Temp},
                                                              {u"Users", Folder::Users},
                                                              {u"Users\\Public", Folder::Public}};
    for (auto& [path, folder] : folders)
        TRY(volume.add_directory(path, TRY(default_descriptor(folder)).span()));
    return {};
}

// A name that begins with a backslash is relative to the volume's root, any other to \SystemRoot.
Result<void> add_file(ramfs::Volume& volume, const Archive::Entry& entry) {
    bool from_root = entry.name.starts_with('\\');
    String path = TRY(String::create(from_root ? std::u16string_view() : kSystemDirectory));
    TRY(path.append(TRY(String::from_utf8(entry.name.substr(from_root ? 1 : 0)))));
    ramfs::Node* file = TRY(volume.add_archive_file(path, entry.bytes));
    return publish_table(entry, *file);
}

Result<void> mount(std::span<const uint8_t> bytes) {
    Archive archive = TRY(Archive::open(bytes));
    Ref<ramfs::Volume> volume = TRY(ramfs::Volume::create(mm::memory_counts().free_pages / kShareOfMemory));
    TRY(add_folders(*volume));
    for (uint32_t i = 0; i < archive.count(); ++i) {
        Archive::Entry entry = TRY(archive.entry(i));
        if (auto added = add_file(*volume, entry); !added)
            log.error("boot archive: {}: {s}", entry.name, added.error());
    }
    TRY(ob::insert_path(u"\\Device\\BootVolume", *volume, true));
    TRY(link(u"\\??\\C:", u"\\Device\\BootVolume"));
    TRY(link(u"\\??\\NUL", u"\\Device\\Null"));
    TRY(link(u"\\??\\PIPE", u"\\Device\\NamedPipe"));
    TRY(link(u"\\??\\MAILSLOT", u"\\Device\\Mailslot"));
    return link(u"\\SystemRoot", u"\\Device\\BootVolume\\Windows");
}

Result<void> mount_slow() {
    if (!ramfs::slowness().most) return {};
    Ref<ramfs::Volume> volume =
        TRY(ramfs::Volume::create(mm::memory_counts().free_pages / kShareOfMemory, &ramfs::SlowRoom::create));
    TRY(ob::insert_path(u"\\Device\\SlowVolume", *volume, true));
    return link(u"\\??\\S:", u"\\Device\\SlowVolume");
}

Result<void> open_consoles() {
    TRY(name_device(u"\\Device\\ConDrv", *TRY(make_ref<condrv::ConDrv>())));
    TRY(link(u"\\??\\CON", u"\\Device\\ConDrv\\Console"));
    TRY(link(u"\\??\\CONIN$", u"\\Device\\ConDrv\\CurrentIn"));
    return link(u"\\??\\CONOUT$", u"\\Device\\ConDrv\\CurrentOut");
}

}  // namespace

Result<void> initialize(std::span<const uint8_t> archive) {
    TRY(mount(archive));
    TRY(mount_slow());
    Ref<ConsoleDevice> screen = TRY(make_ref<ConsoleDevice>());
    TRY(name_device(u"\\Device\\Console", *screen));
    TRY(screen->set_security(TRY(guarded_device_security())));
    TRY(name_device(u"\\Device\\Afd", *TRY(make_ref<afd::AfdDevice>())));
    TRY(name_device(u"\\Device\\Nsi", *TRY(make_ref<afd::NsiDevice>())));
    TRY(link(u"\\??\\Nsi", u"\\Device\\Nsi"));
    return open_consoles();
}

std::span<const uint8_t> archive_file(std::span<const uint8_t> bytes, std::string_view name) {
    auto archive = Archive::open(bytes);
    return archive ? archive->find(name) : std::span<const uint8_t>();
}

}  // namespace io
