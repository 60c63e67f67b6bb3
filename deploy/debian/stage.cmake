# Run by CPack between installing and packing: what Debian has elsewhere, or compressed.
#
#   usr/etc -> etc      an installation under /usr has its configuration there
#   *.gz                manual pages and the changelog; -n: no time in them, so that two builds are the same bytes
set(root ${CPACK_TEMPORARY_DIRECTORY})
file(RENAME ${root}/usr/etc ${root}/etc)
file(GLOB pages ${root}/usr/share/man/*/*[0-9] ${root}/usr/share/doc/promogate/changelog)
execute_process(COMMAND gzip -9n ${pages} COMMAND_ERROR_IS_FATAL ANY)
