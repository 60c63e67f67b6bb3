# What is installed besides the two programs, and the Debian package.
#
#   cmake --install build/release --prefix /usr    programs, manual pages, completion, unit, demo policies, documents
#   cpack --preset release                         promogate_VERSION_ARCH.deb, in build/release, once that is built
#
# The unit and the configuration name /usr and /etc: elsewhere a drop-in says where the program is.

set(page ${CMAKE_BINARY_DIR}/man/promogate.conf.5)
add_custom_command(OUTPUT ${page}
  COMMAND ${CMAKE_COMMAND} -D PROMOGATE=$<TARGET_FILE:promogate> -D PAGE=${PROJECT_SOURCE_DIR}/deploy/man/promogate.conf.5.in
    -D RESULT=${page} -P ${PROJECT_SOURCE_DIR}/deploy/man/settings.cmake
  DEPENDS promogate deploy/man/promogate.conf.5.in deploy/man/settings.cmake
  VERBATIM)
if(NOT PROMOGATE_FUZZ)
  add_custom_target(manual ALL DEPENDS ${page})
endif()

install(FILES deploy/man/promoctl.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES deploy/man/promogate.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES deploy/completion/promoctl.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME promoctl)
install(FILES deploy/systemd/promogate.service DESTINATION lib/systemd/system)
install(FILES deploy/debian/promogate.conf DESTINATION ${CMAKE_INSTALL_SYSCONFDIR}/promogate)
install(DIRECTORY DESTINATION ${CMAKE_INSTALL_SYSCONFDIR}/promogate/secrets
  DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
install(DIRECTORY deploy/demo/policies DESTINATION ${CMAKE_INSTALL_DATADIR}/promogate/demo)
install(FILES deploy/demo/requests.jsonl DESTINATION ${CMAKE_INSTALL_DATADIR}/promogate/demo)
install(FILES README.md deploy/promogate.conf.example deploy/openapi.yaml deploy/debian/copyright deploy/debian/changelog
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES README.zh-CN.md deploy/RUNBOOK.md deploy/OPERATING.md deploy/REDIS-STANDARD.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME promogate)
set(CPACK_PACKAGE_CONTACT "promogate maintainers <promogate@debian.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "promotion-policy gateway and its operators' tool")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Decides over HTTP which offers a user gets at a place, from policies
compiled in memory: no request touches a store. Under overload, or when
an operator says so, callers get a fallback of the same shape at once.
.
A fresh installation serves demo policies on loopback, port 8080.")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# adduser makes the service's user; the unit's ExecReload is procps' kill.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, procps")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/deploy/debian/postinst ${PROJECT_SOURCE_DIR}/deploy/debian/prerm
  ${PROJECT_SOURCE_DIR}/deploy/debian/postrm ${PROJECT_SOURCE_DIR}/deploy/debian/conffiles)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
  WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/deploy/debian/stage.cmake)
set(CPACK_STRIP_FILES ON)
include(CPack)
