// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/io/file.hpp"

#include <new>

#include "wdm/io/device.hpp"
#include "wdm/ke/dispatcher.hpp"
#include "wdm/rtl/string.hpp"

namespace io {
namespace {

constexpr ULONG kBuckets = 64;

struct File {
    FILE_OBJECT object;  // first: a driver's pointer is a pointer to this
    ULONG64 number;
    DEVICE_OBJECT* opened_on;  // referenced; the driver may write object.DeviceObject
    File* next;
};

constinit File* buckets[kBuckets]{};
constinit platform::Lock table_lock;

File*& bucket_of(ULONG64 number) {
    return buckets[number % kBuckets];
}

// The link that leads to the file, or to the null at the end of its chain. Caller holds the lock.
File** find(ULONG64 number) {
    File** link = &bucket_of(number);
    while (*link != nullptr && (*link)->number != number)
        link = &(*link)->next;
    return link;
}

}  // namespace

FILE_OBJECT* open_file(ULONG64 number, DEVICE_OBJECT& device, const UNICODE_STRING& name) {
    if (FILE_OBJECT* old = file_of(number)) close_file(*old);
    void* memory = platform::allocate(sizeof(File));
    if (memory == nullptr) return nullptr;
    auto* file = new (memory) File{};
    if (name.Length != 0 && !rtl::duplicate(name, file->object.FileName)) {
        platform::release(file);
        return nullptr;
    }
    file->object.Type = IO_TYPE_FILE;
    file->object.Size = sizeof(FILE_OBJECT);
    file->object.DeviceObject = &device;
    KeInitializeEvent(&file->object.Lock, SynchronizationEvent, FALSE);
    KeInitializeEvent(&file->object.Event, NotificationEvent, FALSE);
    file->number = number;
    file->opened_on = &device;
    file_opened(device);
    platform::Guard guard(table_lock);
    file->next = bucket_of(number);
    bucket_of(number) = file;
    return &file->object;
}

FILE_OBJECT* file_of(ULONG64 number) {
    platform::Guard guard(table_lock);
    File* file = *find(number);
    return file != nullptr ? &file->object : nullptr;
}

ULONG64 number_of(const FILE_OBJECT& object) {
    return reinterpret_cast<const File&>(object).number;
}

void close_file(FILE_OBJECT& object) {
    auto& file = reinterpret_cast<File&>(object);
    {
        platform::Guard guard(table_lock);
        File** link = find(file.number);
        if (*link == nullptr) return;
        *link = file.next;
    }
    file_closed(*file.opened_on);
    rtl::free(object.FileName);
    object.Type = 0;
    platform::release(&file);
}

}  // namespace io
