; StreamAI.exe: runs StreamAI's Node without a console window, and hands it its own arguments. Node's own program always opens one, and
; its signature would not survive a change. For the Start menu, and for the start with Windows.
; makensis -DVERSION=1.2.3 -DNODE_FLAGS="…" -DOUT=StreamAI.exe
Unicode true
Target amd64-unicode
OutFile "${OUT}"
Name StreamAI
SilentInstall silent
RequestExecutionLevel user
ManifestSupportedOS all
ManifestDPIAware true
SetDateSave off
VIProductVersion ${VERSION}.0
VIAddVersionKey ProductName StreamAI
VIAddVersionKey FileDescription StreamAI
VIAddVersionKey FileVersion ${VERSION}
VIAddVersionKey ProductVersion ${VERSION}
VIAddVersionKey LegalCopyright "MIT licence"
!include FileFunc.nsh
!include LogicLib.nsh

!define CREATE_NO_WINDOW 0x08000000

Section
  ${GetParameters} $3
  ; libuv reads it before JavaScript runs (scripts/launch/run-command.mjs).
  ReadEnvStr $0 UV_THREADPOOL_SIZE
  ${If} $0 == ""
    System::Call 'kernel32::SetEnvironmentVariable(t "UV_THREADPOOL_SIZE", t "16")'
  ${EndIf}
  StrCpy $4 '"$EXEDIR\node.exe" ${NODE_FLAGS} "$EXEDIR\app\main.mjs" $3'
  System::Call '*(&i104) p .r1'
  System::Call '*$1(i 104)' ; STARTUPINFOW, whose first field is its size
  System::Call '*(&i24) p .r2' ; PROCESS_INFORMATION
  ; Not in its own folder, which an update has to be able to replace.
  System::Call 'kernel32::CreateProcess(p 0, t r4, p 0, p 0, i 0, i ${CREATE_NO_WINDOW}, p 0, t "$PROFILE", p r1, p r2) i .r0'
  ${If} $0 == 0
    SetErrorLevel 1
  ${EndIf}
SectionEnd
