// SPDX-License-Identifier: GPL-3.0-only
// A service that is installed, started, asked, stopped and deleted. The program is the service too. The
// service control manager is a program beside it, which this one starts.
#include "../say.h"

static SERVICE_STATUS_HANDLE handle;
static HANDLE stop;
static DWORD user_control;

static void tell(DWORD state) {
    SERVICE_STATUS status = {SERVICE_WIN32_OWN_PROCESS, state, SERVICE_ACCEPT_STOP, user_control, 0, 0, 0};
    if (user_control) status.dwWin32ExitCode = ERROR_SERVICE_SPECIFIC_ERROR;
    if (user_control) status.dwServiceSpecificExitCode = user_control;
    SetServiceStatus(handle, &status);
}

static DWORD WINAPI control(DWORD code, DWORD type, void* data, void* context) {
    (void)type;
    (void)data;
    (void)context;
    if (code >= 128) user_control = code;
    if (code == SERVICE_CONTROL_STOP) SetEvent(stop);
    return NO_ERROR;
}

static void WINAPI service_main(DWORD count, char** words) {
    (void)count;
    stop = CreateEventA(NULL, TRUE, FALSE, NULL);
    handle = RegisterServiceCtrlHandlerExA(words[0], control, NULL);
    tell(SERVICE_RUNNING);
    WaitForSingleObject(stop, INFINITE);
    tell(SERVICE_STOPPED);
}

static void wait_for(SC_HANDLE service, DWORD state) {
    SERVICE_STATUS status;
    int i;
    for (i = 0; i < 200 && QueryServiceStatus(service, &status) && status.dwCurrentState != state; ++i)
        Sleep(50);
    printf("state %lu, exit %lu, %lu\n", status.dwCurrentState, status.dwWin32ExitCode,
           status.dwServiceSpecificExitCode);
}

int main(int argc, char** argv) {
    SERVICE_TABLE_ENTRYA table[] = {{"neptune-test", service_main}, {NULL, NULL}};
    STARTUPINFOA startup = {sizeof startup};
    PROCESS_INFORMATION process;
    SC_HANDLE manager = NULL, service;
    SERVICE_STATUS status;
    char command[MAX_PATH + 16], program[MAX_PATH];
    union {
        QUERY_SERVICE_CONFIGA config;
        char bytes[2048];
    } told;
    DWORD size = 0;
    int i;
    if (argc > 1) return !StartServiceCtrlDispatcherA(table);
    YES(CreateProcessA("C:\\Windows\\System32\\services.exe", NULL, NULL, NULL, FALSE, 0, NULL, NULL,
                       &startup, &process));
    for (i = 0; i < 100 && !manager; ++i) {
        manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_ALL_ACCESS);
        if (!manager) Sleep(100);
    }
    printf("manager: %d\n", !!manager);
    GetModuleFileNameA(NULL, program, sizeof program);
    sprintf(command, "\"%s\" service", program);
    YES(OpenServiceA(manager, "neptune-test", SERVICE_ALL_ACCESS));
    service = MADE(CreateServiceA(manager, "neptune-test", "A test of Neptune's", SERVICE_ALL_ACCESS,
                                  SERVICE_WIN32_OWN_PROCESS, SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL,
                                  command, NULL, NULL, NULL, NULL, NULL));
    if (!service) return 1;
    if (YES(QueryServiceConfigA(service, &told.config, sizeof told, &size))) {
        NUM(told.config.dwStartType);
        STR(told.config.lpDisplayName);
    }
    wait_for(service, SERVICE_STOPPED);
    YES(StartServiceA(service, 0, NULL));
    wait_for(service, SERVICE_RUNNING);
    YES(StartServiceA(service, 0, NULL));
    YES(ControlService(service, 130, &status));
    YES(ControlService(service, SERVICE_CONTROL_STOP, &status));
    wait_for(service, SERVICE_STOPPED);
    YES(ControlService(service, SERVICE_CONTROL_STOP, &status));
    YES(DeleteService(service));
    YES(CloseServiceHandle(service));
    YES(CloseServiceHandle(manager));
    return 0;
}
