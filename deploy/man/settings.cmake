# Writes promogate.conf(5): its settings are what `promogate --print-settings` prints, so that no second list can differ.
#
#   cmake -D PROMOGATE=promogate -D PAGE=promogate.conf.5.in -D RESULT=promogate.conf.5 -P settings.cmake
execute_process(COMMAND ${PROMOGATE} --print-settings OUTPUT_VARIABLE rows COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCH "^[^\n]*\n[^\n]*\n" head "${rows}") # a REPLACE would take each pair of lines for a head
string(LENGTH "${head}" length)
string(SUBSTRING "${rows}" ${length} -1 rows)
string(REGEX REPLACE "\\| `([^`]+)` \\| ([^|\n]+) \\| ([^|\n]+) \\| ([^|\n]+) \\| ([^|\n]+) \\|\n"
  ".It Va \\1\n\\5\nDefault: \\2.\nRange: \\3.\nA change applies \\4.\n" rows "${rows}")
if(rows MATCHES "\\|" OR rows MATCHES "\\\\")
  message(FATAL_ERROR "a row of --print-settings has another form than the page's author knew:\n${rows}")
endif()
string(REPLACE "Default: required." "It is required." rows "${rows}")
string(REPLACE "`" "" rows "${rows}")
string(REGEX REPLACE "([a-z]\\.) ([A-Z])" "\\1\n\\2" rows "${rows}") # mdoc wants a line for each sentence
file(READ ${PAGE} page)
string(REPLACE "@SETTINGS@" "${rows}" page "${page}")
file(WRITE ${RESULT} "${page}")
