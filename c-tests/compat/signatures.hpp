// Every function of the frozen header by its type, every number by its value: compiled once with each header.
#ifndef SIGNATURES_HPP
#define SIGNATURES_HPP

#include <map>
#include <string>

using Signatures = std::map<std::string, std::string>;

Signatures signatures_then();
Signatures signatures_now();

#endif
