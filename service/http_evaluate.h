/*
 * http_evaluate.h - GET and POST /v1/evaluate, and the service listener's routes.
 */
#pragma once

#include "service/http_route.h"

extern const struct http_routes http_evaluate_routes;
