# Installs the runtime below WORK and builds and runs a consumer against it.
# Needs KIND, SOURCE (of the project), BUILD, WORK, COMPILER, FLAGS, GENERATOR.
function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE status OUTPUT_VARIABLE output
                                                         ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGV}\n${output}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
set(prefix ${WORK}/prefix)
set(arguments -DINTERLOCK_SOURCE=${SOURCE}/runtime)
if(NOT KIND STREQUAL add_subdirectory)
  run(${CMAKE_COMMAND} --install ${BUILD}/runtime --prefix ${prefix})
  set(arguments -DCMAKE_PREFIX_PATH=${prefix})
endif()
if(KIND STREQUAL pkg_config)
  file(GLOB found ${prefix}/lib*/pkgconfig ${prefix}/lib/*/pkgconfig)
  set(ENV{PKG_CONFIG_PATH} ${found})
endif()
run(${CMAKE_COMMAND} -S ${SOURCE}/test/runtime/packages/${KIND} -B ${WORK}/build
    -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER} "-DCMAKE_CXX_FLAGS=${FLAGS}"
    ${arguments})
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/consumer)
