#!/bin/bash
# shell.sh - the shell's language: quoting, joining, statuses, and what it says of errors.
. "$(dirname "$0")/lib.sh"

guest 'echo "a  b" '"'c \$? \"'"' d\;e; echo "\"$?\""; echo x#y # no comment'
expect_exactly SH-QUOTING "quotes keep blanks, \$? is expanded outside of '', a comment is not run" \
    $'a  b c $? " d;e\n"0"\nx#y'

guest 'true && echo yes; false && echo no; echo $?; false && echo no && echo nor; echo then'
expect_exactly SH-AND "a && b runs b only if a succeeded; ; runs it in any case" $'yes\n1\nthen'

guest 'true; false'
expect_status SH-STATUS-LAST "a run ends with the status of its last command" 1
expect_exactly SH-STATUS-SILENT "commands that print nothing leave nothing on stdout" ""

guest 'nosuch; echo $?; /bin/nosuch; echo $?; /etc/motd; echo $?; crash; echo $?'
expect_output SH-NOT-FOUND "a command that does not exist is named" '^nosuch: there is no program'
expect_output SH-127 "its status is 127" '^127$'
expect_output SH-NOT-RUN "a file that is no program is named, with the reason" \
    '^/etc/motd: cannot be run: the file is not a program'
expect_output SH-126 "its status is 126" '^126$'
expect_output SH-USAGE "a program that is called wrongly says how it is called, with status 2" '^2$'

guest 'echo "open'
expect_status SH-OPEN-QUOTE "a quote that is not closed is an error: status 2" 2
expect_output SH-OPEN-QUOTE-TOLD "and is told" 'is not closed'

guest 'cd /etc; pwd; cat motd; ls /nothing; cat /nothing; rm /nothing; mkdir /etc; cp /nothing /x'
expect_output SH-CD "cd leads to a folder that pwd tells and programs inherit" '^/etc$'
expect_output SH-CD-INHERITED "programs find files by relative paths" "$(head -n 1 rootfs/etc/motd)"
expect_output SH-LS-ERROR "ls names what is not there, and the reason" '^ls: /nothing: .*no(thing| such)'
expect_output SH-CAT-ERROR "so does cat" '^cat: /nothing: .*no(thing| such)'
expect_output SH-RM-ERROR "so does rm" '^rm: /nothing: .*no(thing| such)'
expect_output SH-CP-ERROR "so does cp" '^cp: /nothing: .*no(thing| such)'
expect_output SH-MKDIR-ERROR "mkdir tells that something is there already" '^mkdir: /etc: .*(exist|already)'

guest 'mkdir /a && cp /etc/motd /a/b && cat /a/b && stat /a/b && rm /a/b && ls /a && rm -r /a; echo $?; ls /'
expect_output SH-FILES "files are made, copied, shown and removed" '^0$'
expect_no_output SH-FILES-GONE "and are gone then" '^a$'

guest 'spin & kill spin; echo $?; exit 3; echo never'
expect_output SH-BACKGROUND "a program behind & runs beside the shell, and can be killed" '^0$'
expect_status SH-EXIT "exit ends the shell with that status" 3
expect_no_output SH-EXIT-END "nothing runs after it" 'never'

guest 'sh -c "echo inner; exit 5"; echo $?'
expect_exactly SH-INNER "a shell within the shell: its status is told" $'inner\n5'

guest 'help; ps; caps; caps names; free; uptime; kill 4711; kill nobody; kill'
expect_output SH-HELP "help lists what is built in" '^ *poweroff'
expect_output SH-PS "ps tells what each waits for, by name" 'ramfs .*waiting for a message on ramfs'
expect_output SH-PS-TIME "ps tells whose time a thread runs on" 'process .*running .* sh '
expect_output SH-CAPS "caps lists the shell's own capabilities by type and rights" 'Untyped .*owner'
expect_output SH-CAPS-OTHER "caps NAME lists another process's" 'Endpoint .*recv'
expect_output SH-FREE "free tells memory and slots" 'slots .* used'
expect_output SH-UPTIME "uptime tells how long it runs" '^up 0:00:'
expect_output SH-KILL-NOBODY "kill names whom it does not find" '^kill: 4711: '
expect_status SH-KILL-USAGE "kill without a word says how it is called: status 2" 2

guest 'poweroff; echo never'
expect_status SH-POWEROFF "poweroff ends the run with status 0" 0
expect_no_output SH-POWEROFF-END "and nothing runs after it" 'never'

guest 'reboot'
expect_status SH-REBOOT "reboot starts the machine again: the run ends" 0
finish
