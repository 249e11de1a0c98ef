// The engine of the injector as a process, for tests in another language: a line in, a line out.
//   reviewing TEMPLATE NAMESPACE|POD   an AdmissionReview in, the answer to it out
//   reviewing --uninject               a pod in, the pod without the sidecar out
#include "inject/review.h"
#include "inject/yaml.h"

#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

namespace {

using namespace ringside::inject;

int uninject_lines() {
    std::string line;
    while (std::getline(std::cin, line)) {
        std::cout << uninject(Json::parse(line)).pod.dump() << '\n';
    }
    return 0;
}

int review_lines(const std::string& file, OptIn opt_in) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    const auto injected = parse_template(text.str(), file);
    if (!injected) {
        std::cerr << injected.error().message << '\n';
        return 1;
    }
    std::string line;
    while (std::getline(std::cin, line)) {
        const Review answer = review(line, *injected, opt_in);
        std::cout << answer.body << (answer.body.ends_with('\n') ? "" : "\n");
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::string(argv[1]) == "--uninject") {
        return uninject_lines();
    }
    if (argc == 3) {
        const bool is_pod = std::string(argv[2]) == "POD";
        return review_lines(argv[1], is_pod ? OptIn::by_pod : OptIn::by_namespace);
    }
    std::cerr << "usage: reviewing TEMPLATE NAMESPACE|POD, or reviewing --uninject\n";
    return 2;
}
