/* Bodies of type multipart/form-data (RFC 7578): the parts become parameters, files too. Layer
 * http. */
#ifndef CT_MULTIPART_H
#define CT_MULTIPART_H

#include "request.h"

#define CT_MULTIPART_PARTS_MAX 64

/* Adds the parts to the request's parameters, behind those that it has. CT_OK where the body is of
 * another type. CT_PARSE: no boundary, a part without an end or a name, a zero byte or bytes that
 * are not UTF-8. CT_LIMIT: too many parts. CT_NO_MEMORY. */
ct_status ct_multipart_add(struct ct_request *request, struct ct_error *err) CT_MUST_USE;

#endif
