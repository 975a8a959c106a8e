; The agent that runs from $INSTDIR is asked to end in order, so that uploads go on afterwards. What still holds node.exe then is no agent
; that can be asked: nothing is replaced or removed under a running program.

; One of the program's own commands (agent/cli), without a window; $0 is its exit code, or `timeout`.
!macro Streamai ARGS MS
  nsExec::Exec /TIMEOUT=${MS} '"$INSTDIR\node.exe" ${NODE_FLAGS} "$INSTDIR\app\main.mjs" ${ARGS}'
  Pop $0
!macroend
!define COMMAND_MS 30000

; Above what `streamai stop` itself waits (agent/cli/stop-agent.ts), ms.
!define STOP_MS 70000

!macro EndAgent
  ${If} ${FileExists} $INSTDIR\app\main.mjs
    DetailPrint "$(EndingAgent)"
    !insertmacro Streamai stop ${STOP_MS}
    ClearErrors
    ; Opening a program for writing fails for as long as it runs.
    FileOpen $0 $INSTDIR\node.exe a
    ${If} ${Errors}
      MessageBox MB_OK|MB_ICONSTOP "$(StillRuns)" /SD IDOK
      SetErrorLevel 2
      Quit
    ${EndIf}
    FileClose $0
  ${EndIf}
!macroend
