// SPDX-License-Identifier: GPL-3.0-only
// Activation contexts by kernel32's functions: a manifest of one's own, a private assembly beside it whose
// DLL is found and loaded by its bare name, what is asked about a context, errors. Wine 8.0 differs in four
// things: it does not resolve references in the name of a window class, leaves ulFileCount as it is, says
// ERROR_SXS_KEY_NOT_FOUND where no context has the section, and activates a context that was released.
#include <stdio.h>
#include <windows.h>

#define SCHEMA "xmlns=\"urn:schemas-microsoft-com:asm.v1\" manifestVersion=\"1.0\""

static const char kRoot[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<assembly " SCHEMA
    ">\n"
    "<assemblyIdentity type=\"win32\" name=\"Test.Root\" version=\"1.0.0.0\" "
    "processorArchitecture=\"amd64\"/>\n"
    "<file name=\"own.dll\"><windowClass>Own &amp; Class</windowClass>\n"
    "<comClass clsid=\"{12345678-1234-1234-1234-111122223333}\" threadingModel=\"Both\" "
    "progid=\"Own.Thing\"/></file>\n"
    "<dependency><dependentAssembly><assemblyIdentity type=\"win32\" name=\"Private.One\" "
    "version=\"2.0.0.0\"/>"
    "</dependentAssembly></dependency>\n"
    "<application xmlns=\"urn:schemas-microsoft-com:asm.v3\"><windowsSettings>"
    "<dpiAware xmlns=\"http://schemas.microsoft.com/SMI/2005/WindowsSettings\">true/pm</dpiAware>"
    "</windowsSettings></application>\n</assembly>\n";
static const char kPrivate[] = "<assembly " SCHEMA
                               "><assemblyIdentity type=\"win32\" name=\"Private.One\" version=\"2.0.0.0\"/>"
                               "<file name=\"moved.dll\"/></assembly>";
static const char kMissing[] =
    "<assembly " SCHEMA
    "><dependency><dependentAssembly><assemblyIdentity type=\"win32\" name=\"Nobody.Has\" "
    "version=\"1.0.0.0\"/></dependentAssembly></dependency></assembly>";

static WCHAR folder[MAX_PATH];

static void write(const WCHAR* name, const char* text) {
    DWORD length = (DWORD)lstrlenA(text), written;
    HANDLE file = CreateFileW(name, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    if (file == INVALID_HANDLE_VALUE || !WriteFile(file, text, length, &written, NULL))
        printf("cannot write %ls: error %lu\n", name, GetLastError());
    CloseHandle(file);
}

static HANDLE create(const WCHAR* source) {
    ACTCTXW wanted = {.cbSize = sizeof wanted, .lpSource = source};
    return CreateActCtxW(&wanted);
}

static void refused(const char* what, const WCHAR* source) {
    HANDLE context = create(source);
    printf("%s: %s, error %lu\n", what, context == INVALID_HANDLE_VALUE ? "refused" : "made", GetLastError());
}

static void find_string(ULONG section, const WCHAR* key) {
    ACTCTX_SECTION_KEYED_DATA data = {.cbSize = sizeof data};
    if (FindActCtxSectionStringW(0, NULL, section, key, &data))
        printf("section %lu has %ls: assembly %lu\n", section, key, data.ulAssemblyRosterIndex);
    else
        printf("section %lu has no %ls: error %lu\n", section, key, GetLastError());
}

static void query(HANDLE context) {
    char room[2048];
    ULONG index = 1;
    SIZE_T size = 0;
    ACTIVATION_CONTEXT_DETAILED_INFORMATION* whole = (void*)room;
    ACTIVATION_CONTEXT_ASSEMBLY_DETAILED_INFORMATION* one = (void*)room;
    WCHAR setting[32];
    BOOL good = QueryActCtxW(0, context, NULL, ActivationContextDetailedInformation, NULL, 0, &size);
    printf("without room: %d, error %lu, needs %d\n", good, GetLastError(), size > sizeof *whole);
    good = QueryActCtxW(0, context, NULL, ActivationContextDetailedInformation, room, sizeof room, NULL);
    printf("%d: %lu assemblies, manifest %ls\n", good, whole->ulAssemblyCount,
           whole->lpRootManifestPath + lstrlenW(folder));
    for (; index < 4; index++) {
        good = QueryActCtxW(0, context, &index, AssemblyDetailedInformationInActivationContext, room,
                            sizeof room, NULL);
        if (good)
            printf("%lu: %ls, files %lu\n", index, one->lpAssemblyEncodedAssemblyIdentity, one->ulFileCount);
        else
            printf("%lu: error %lu\n", index, GetLastError());
    }
    good = QueryActCtxSettingsW(0, context, NULL, L"dpiAware", setting, 32, &size);
    printf("dpiAware: %d %ls, %lu\n", good, good ? setting : L"", (ULONG)size);
    good = QueryActCtxSettingsW(0, context, NULL, L"other", setting, 32, &size);
    printf("other: %d, error %lu\n", good, GetLastError());
}

static void load_private(void) {
    WCHAR system[MAX_PATH], path[MAX_PATH];
    HMODULE module;
    GetSystemDirectoryW(system, MAX_PATH);
    lstrcatW(system, L"\\apisetschema.dll");
    if (!CopyFileW(system, L"Private.One\\moved.dll", FALSE))
        printf("cannot copy: error %lu\n", GetLastError());
    module = LoadLibraryW(L"moved.dll");
    printf("moved.dll: %s\n", module ? "loaded" : "not loaded");
    if (!module) return;
    GetModuleFileNameW(module, path, MAX_PATH);
    printf("from %ls\n", path + lstrlenW(folder));
    printf("by its bare name: %d\n", GetModuleHandleW(L"moved.dll") == module);
    FreeLibrary(module);
}

int main(void) {
    HANDLE context, current = (HANDLE)1;
    ULONG_PTR cookie = 0, inner = 0;
    BOOL good;
    GetCurrentDirectoryW(MAX_PATH, folder);
    if (folder[lstrlenW(folder) - 1] != L'\\') lstrcatW(folder, L"\\");
    CreateDirectoryW(L"Private.One", NULL);
    write(L"root.manifest", kRoot);
    write(L"Private.One\\Private.One.manifest", kPrivate);
    write(L"missing.manifest", kMissing);
    write(L"bad.manifest", "<assembly>");
    refused("no file", L"nothing.manifest");
    refused("bad xml", L"bad.manifest");
    refused("missing assembly", L"missing.manifest");
    printf("not active: %s\n", LoadLibraryW(L"moved.dll") ? "loaded" : "not loaded");
    find_string(ACTIVATION_CONTEXT_SECTION_DLL_REDIRECTION, L"own.dll");

    context = create(L"root.manifest");
    printf("made: %d\n", context != INVALID_HANDLE_VALUE);
    if (context == INVALID_HANDLE_VALUE) return 1;
    query(context);
    printf("active: %d\n", ActivateActCtx(context, &cookie));
    GetCurrentActCtx(&current);
    printf("current: %d\n", current == context);
    ReleaseActCtx(current);
    find_string(ACTIVATION_CONTEXT_SECTION_DLL_REDIRECTION, L"OWN.dll");
    find_string(ACTIVATION_CONTEXT_SECTION_DLL_REDIRECTION, L"moved.dll");
    find_string(ACTIVATION_CONTEXT_SECTION_DLL_REDIRECTION, L"other.dll");
    find_string(ACTIVATION_CONTEXT_SECTION_WINDOW_CLASS_REDIRECTION, L"Own & Class");
    find_string(ACTIVATION_CONTEXT_SECTION_COM_PROGID_REDIRECTION, L"own.thing");
    load_private();
    printf("again: %d\n", ActivateActCtx(context, &inner));
    printf("inner off: %d\n", DeactivateActCtx(0, inner));
    printf("off: %d\n", DeactivateActCtx(0, cookie));
    GetCurrentActCtx(&current);
    printf("none: %d\n", current == NULL);
    printf("not active: %s\n", LoadLibraryW(L"moved.dll") ? "loaded" : "not loaded");
    ReleaseActCtx(context);
    good = ActivateActCtx(context, &cookie);
    printf("after its end: %d, error %lu\n", good, GetLastError());
    return 0;
}
