; StreamAI-<version>-setup.exe: installs for one user, without an administrator; over an old version too.
;   /S                silent
;   /D=C:\folder      where to, as the last one
; Uninstall.exe:
;   /S                silent: the data stays
;   /DATA=delete      the data goes too
; makensis -DVERSION=1.2.3 -DSTAGE=folder -DOUT=setup.exe -DKILOBYTES=… -DNODE_FLAGS=… [-DQUICK] [-DSIGN=…] setup.nsi
Unicode true
Target amd64-unicode
!ifdef QUICK
SetCompressor zlib
!else
SetCompressor /SOLID lzma
SetCompressorDictSize 64
!endif
!ifdef SIGN
!uninstfinalize '${SIGN} "%1"'
!endif
Name StreamAI
OutFile "${OUT}"
RequestExecutionLevel user
ManifestSupportedOS all
ManifestDPIAware true
SetDateSave off
InstallDir "$LOCALAPPDATA\Programs\StreamAI"
InstallDirRegKey HKCU Software\StreamAI InstallDir
BrandingText "StreamAI ${VERSION}"
VIProductVersion ${VERSION}.0
VIAddVersionKey ProductName StreamAI
VIAddVersionKey FileDescription "StreamAI Setup"
VIAddVersionKey FileVersion ${VERSION}
VIAddVersionKey ProductVersion ${VERSION}
VIAddVersionKey LegalCopyright "MIT licence"

!include FileFunc.nsh
!include LogicLib.nsh
!include MUI2.nsh
!include WinVer.nsh
!include path.nsh
!include agent.nsh

!define UNINSTALL Software\Microsoft\Windows\CurrentVersion\Uninstall\StreamAI
!define RUN Software\Microsoft\Windows\CurrentVersion\Run

!define MUI_FINISHPAGE_RUN "$INSTDIR\StreamAI.exe"
!define MUI_FINISHPAGE_RUN_PARAMETERS open
!define MUI_FINISHPAGE_RUN_TEXT "$(OpenDock)"
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE English
!insertmacro MUI_LANGUAGE French
!include words.nsh

Function .onInit
  ${IfNot} ${AtLeastWin10}
    MessageBox MB_OK|MB_ICONSTOP "$(NeedsWindows10)" /SD IDOK
    SetErrorLevel 2
    Quit
  ${EndIf}
FunctionEnd

Section
  ; Whether this is the first time: what a person has switched off since stays off.
  ReadRegStr $R9 HKCU Software\StreamAI InstallDir
  !insertmacro EndAgent
  SetOutPath $INSTDIR
  ; What an old version had and this one has not must not stay.
  RMDir /r $INSTDIR\app
  File /r "${STAGE}/*"
  WriteUninstaller $INSTDIR\Uninstall.exe
  WriteRegStr HKCU Software\StreamAI InstallDir $INSTDIR
  WriteRegStr HKCU ${UNINSTALL} DisplayName StreamAI
  WriteRegStr HKCU ${UNINSTALL} DisplayVersion ${VERSION}
  WriteRegStr HKCU ${UNINSTALL} DisplayIcon "$INSTDIR\StreamAI.exe"
  WriteRegStr HKCU ${UNINSTALL} InstallLocation $INSTDIR
  WriteRegStr HKCU ${UNINSTALL} UninstallString '"$INSTDIR\Uninstall.exe"'
  WriteRegStr HKCU ${UNINSTALL} QuietUninstallString '"$INSTDIR\Uninstall.exe" /S'
  WriteRegDWORD HKCU ${UNINSTALL} EstimatedSize ${KILOBYTES}
  WriteRegDWORD HKCU ${UNINSTALL} NoModify 1
  WriteRegDWORD HKCU ${UNINSTALL} NoRepair 1
  CreateShortcut $SMPROGRAMS\StreamAI.lnk $INSTDIR\StreamAI.exe open
  !insertmacro AddToPath "$INSTDIR\bin"
  ${If} $R9 == ""
    !insertmacro Streamai "autostart on" ${COMMAND_MS}
    ; An OBS that runs now is not waited for: the dock's settings offer it again.
    MessageBox MB_YESNO|MB_ICONQUESTION "$(SetUpObs)" /SD IDYES IDNO later
    DetailPrint "$(SettingUpObs)"
    !insertmacro Streamai "setup --no-wait" ${COMMAND_MS}
    later:
  ${EndIf}
  Exec '"$INSTDIR\StreamAI.exe" start'
SectionEnd

Section Uninstall
  !insertmacro EndAgent
  ; What it wrote into OBS and for the start with Windows, it takes away itself.
  !insertmacro Streamai "setup --undo --no-wait" ${COMMAND_MS}
  !insertmacro Streamai "autostart off" ${COMMAND_MS}
  DeleteRegValue HKCU ${RUN} StreamAI
  DeleteRegKey HKCU ${UNINSTALL}
  DeleteRegKey HKCU Software\StreamAI
  Delete $SMPROGRAMS\StreamAI.lnk
  !insertmacro RemoveFromPath "$INSTDIR\bin"
  ; By name: a folder that a person chose may hold more than ours.
  RMDir /r $INSTDIR\app
  RMDir /r $INSTDIR\bin
  Delete $INSTDIR\node.exe
  Delete $INSTDIR\StreamAI.exe
  Delete $INSTDIR\LICENSE.txt
  Delete $INSTDIR\THIRD-PARTY-LICENSES.txt
  Delete $INSTDIR\Uninstall.exe
  RMDir $INSTDIR
  RMDir /r $LOCALAPPDATA\StreamAI\Cache
  ${GetParameters} $0
  ${GetOptions} $0 /DATA= $1
  ${If} $1 == delete
    StrCpy $2 1
  ${Else}
    StrCpy $2 0
    MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "$(DeleteData)" /SD IDNO IDNO stay
    StrCpy $2 1
    stay:
  ${EndIf}
  ${If} $2 == 1
    RMDir /r $LOCALAPPDATA\StreamAI
  ${Else}
    RMDir $LOCALAPPDATA\StreamAI
  ${EndIf}
SectionEnd
