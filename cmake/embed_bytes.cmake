# cmake -DFROM=file -DTO=file.cc -DNAME=kBytes -DNAMESPACE=awry::api -DHEADER=x.h -P embed_bytes.cmake
# Writes a .cc that defines `const std::string_view NAME` with the bytes of FROM.
file(READ ${FROM} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(............................................................)" "\\1\n" bytes "${bytes}")
file(WRITE ${TO} "#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\nnamespace {\n"
     "constexpr unsigned char kData[] = {\n${bytes}};\n}  // namespace\n"
     "const std::string_view ${NAME}(reinterpret_cast<const char*>(kData), sizeof(kData));\n"
     "}  // namespace ${NAMESPACE}\n")
