# Packages, by `cpack` in the build folder:
#
#   interlock         the program, the clang-tidy plugin, manual, completion
#   libinterlock-dev  the lock library
set(CPACK_PACKAGE_VENDOR "interlock")
set(CPACK_PACKAGE_CONTACT "interlock <interlock@example.com>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL)
if(INTERLOCK_BUILD_TOOL)
  list(APPEND CPACK_COMPONENTS_ALL tool)
endif()
if(INTERLOCK_BUILD_RUNTIME)
  list(APPEND CPACK_COMPONENTS_ALL runtime)
endif()

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_TOOL_PACKAGE_NAME interlock)
set(CPACK_DEBIAN_TOOL_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_TOOL_DESCRIPTION "finds and repairs await races in coroutine code
 Finds C++20 coroutine code that checks shared state, gives up control, and
 changes the state on the strength of the old check; repairs what it can prove.")
set(CPACK_DEBIAN_TOOL_PACKAGE_SUGGESTS "clang-tidy-19, libinterlock-dev")
find_program(INTERLOCK_SHLIBDEPS dpkg-shlibdeps)
mark_as_advanced(INTERLOCK_SHLIBDEPS)
if(INTERLOCK_SHLIBDEPS)
  set(CPACK_DEBIAN_TOOL_PACKAGE_SHLIBDEPS ON)
else()
  set(CPACK_DEBIAN_TOOL_PACKAGE_DEPENDS "libclang-cpp19, libllvm19, libfmt9, libtcmalloc-minimal4")
endif()
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME libinterlock-dev)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "locks for coroutines and threads
 One lock that coroutines of every kind and plain threads wait for, keyed and
 combined, with statistics, a monitor, and an explorer of interleavings.")
include(CPack)
