#include "support/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <stdexcept>

namespace ringside::testing {
namespace {

constexpr long kValiditySeconds = 3600;

void demand(bool done) {
    if (!done) {
        throw std::runtime_error("openssl refuses to make a certificate");
    }
}

// What a memory BIO was given, which is freed.
std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_ctrl(bio, BIO_CTRL_INFO, 0, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
}

std::string pem_of(X509* certificate) {
    BIO* const bio = BIO_new(BIO_s_mem());
    demand(PEM_write_bio_X509(bio, certificate) == 1);
    return text_of(bio);
}

std::string pem_of(EVP_PKEY* key) {
    BIO* const bio = BIO_new(BIO_s_mem());
    demand(PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return text_of(bio);
}

EVP_PKEY* new_key() {
    EVP_PKEY* const key = EVP_EC_gen("P-256");
    demand(key != nullptr);
    return key;
}

struct Wanted {
    const char* name;
    EVP_PKEY* key;
    X509* issuer;  // null: itself
    EVP_PKEY* issuer_key;
    int extension;  // NID
    const char* extension_value;
};

X509* new_certificate(const Wanted& wanted) {
    static long serial = 0;
    X509* const made = X509_new();
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(made), -kValiditySeconds);
    X509_gmtime_adj(X509_getm_notAfter(made), kValiditySeconds);
    X509_set_pubkey(made, wanted.key);
    X509_NAME* const name = X509_get_subject_name(made);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(wanted.name), -1, -1, 0);
    X509* const issuer = wanted.issuer != nullptr ? wanted.issuer : made;
    X509_set_issuer_name(made, X509_get_subject_name(issuer));
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, made, nullptr, nullptr, 0);
    X509_EXTENSION* const extension =
        X509V3_EXT_conf_nid(nullptr, &context, wanted.extension, wanted.extension_value);
    demand(extension != nullptr);
    X509_add_ext(made, extension, -1);
    X509_EXTENSION_free(extension);
    demand(X509_sign(made, wanted.issuer_key, EVP_sha256()) != 0);
    return made;
}

}  // namespace

Authority::Authority()
    : key_(new_key()),
      own_(new_certificate({.name = "authority of a test",
                            .key = key_,
                            .issuer = nullptr,
                            .issuer_key = key_,
                            .extension = NID_basic_constraints,
                            .extension_value = "critical,CA:TRUE"})),
      certificate_(pem_of(own_)) {}

Authority::~Authority() {
    X509_free(own_);
    EVP_PKEY_free(key_);
}

Identity Authority::sign(const std::string& alternative) const {
    return sign("of a test", NID_subject_alt_name, alternative);
}

Identity Authority::sign_without_hosts(const std::string& common_name) const {
    return sign(common_name.c_str(), NID_basic_constraints, "CA:FALSE");
}

Identity Authority::sign(const char* common_name, int extension, const std::string& value) const {
    EVP_PKEY* const key = new_key();
    X509* const certificate = new_certificate({.name = common_name,
                                               .key = key,
                                               .issuer = own_,
                                               .issuer_key = key_,
                                               .extension = extension,
                                               .extension_value = value.c_str()});
    Identity identity{.certificate = pem_of(certificate), .key = pem_of(key)};
    X509_free(certificate);
    EVP_PKEY_free(key);
    return identity;
}

}  // namespace ringside::testing
