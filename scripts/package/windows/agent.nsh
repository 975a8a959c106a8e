; The agent that runs from $INSTDIR is asked to end in order, so that uploads go on afterwards. What still holds node.exe then is no agent
; that can be asked: nothing is replaced or removed under a running program.

; Above what `streamai stop` itself waits (agent/cli/stop-agent.ts), ms.
!define STOP_MS 70000

!macro EndAgent
  ${If} ${FileExists} $INSTDIR\app\main.mjs
    DetailPrint "$(EndingAgent)"
    nsExec::Exec /TIMEOUT=${STOP_MS} '"$INSTDIR\node.exe" "$INSTDIR\app\main.mjs" stop'
    Pop $0
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
