; One folder in the user's PATH. NSIS's own strings end at 1024 characters and would cut a longer PATH off, so it is read, changed and
; written in memory of its own, and keeps its kind (REG_SZ or REG_EXPAND_SZ).

!define HKEY_CURRENT_USER 0x80000001
!define KEY_READ_WRITE 0x2001F
!define REG_EXPAND_SZ 2
; Of one variable, in Windows.
!define MOST_BYTES 65536

; $1 the key, $2 the value's memory, $3 its bytes, $4 its kind; $0 is 0 where there is a PATH
!macro ReadPath
  System::Call 'advapi32::RegOpenKeyExW(i ${HKEY_CURRENT_USER}, w "Environment", i 0, i ${KEY_READ_WRITE}, *p .r1)'
  System::Call '*(&i${MOST_BYTES}) p .r2'
  System::Call 'advapi32::RegQueryValueExW(p r1, w "Path", p 0, *i .r4, p r2, *i ${MOST_BYTES} r3) i .r0'
!macroend

!macro WritePath
  System::Call 'kernel32::lstrlenW(p r2) i .r3'
  IntOp $3 $3 * 2
  IntOp $3 $3 + 2
  System::Call 'advapi32::RegSetValueExW(p r1, w "Path", i 0, i r4, p r2, i r3)'
  SendMessage ${HWND_BROADCAST} ${WM_WININICHANGE} 0 STR:Environment /TIMEOUT=5000
!macroend

!macro ClosePath
  System::Free $2
  System::Call 'advapi32::RegCloseKey(p r1)'
!macroend

!macro AddToPath FOLDER
  !insertmacro ReadPath
  ${If} $0 == 0
    System::Call 'shlwapi::StrStrIW(p r2, w "${FOLDER}") p .r5'
    ${If} $5 P= 0
      System::Call 'kernel32::lstrcatW(p r2, w ";${FOLDER}")'
      !insertmacro WritePath
    ${EndIf}
  ${ElseIf} $0 == 2 ; ERROR_FILE_NOT_FOUND: this user has no PATH of its own
    StrCpy $4 ${REG_EXPAND_SZ}
    System::Call 'kernel32::lstrcatW(p r2, w "${FOLDER}")'
    !insertmacro WritePath
  ${EndIf}
  !insertmacro ClosePath
!macroend

; Takes it away with one of the semicolons around it, and only where it stands there whole.
!macro RemoveFromPath FOLDER
  !insertmacro ReadPath
  ${If} $0 == 0
    System::Call 'shlwapi::StrStrIW(p r2, w "${FOLDER}") p .r5'
    ${If} $5 P<> 0
      StrLen $6 "${FOLDER}"
      IntOp $6 $6 * 2
      IntPtrOp $6 $5 + $6
      System::Call '*$6(&i2 .r7)' ; what follows it
      StrCpy $8 59 ; and what precedes it, where anything does
      ${If} $5 P<> $2
        IntPtrOp $9 $5 - 2
        System::Call '*$9(&i2 .r8)'
      ${EndIf}
      ${If} $8 == 59
      ${AndIf} $7 == 59
        IntPtrOp $6 $6 + 2
      ${ElseIf} $8 == 59
      ${AndIf} $7 == 0
      ${AndIf} $5 P<> $2
        IntPtrOp $5 $5 - 2
      ${EndIf}
      ${If} $8 == 59
        ${If} $7 == 59
        ${OrIf} $7 == 0
          System::Call 'kernel32::lstrlenW(p r6) i .r7'
          IntOp $7 $7 * 2
          IntOp $7 $7 + 2
          System::Call 'kernel32::RtlMoveMemory(p r5, p r6, p r7)'
          !insertmacro WritePath
        ${EndIf}
      ${EndIf}
    ${EndIf}
  ${EndIf}
  !insertmacro ClosePath
!macroend
