// Calls go with the session's cookie, and with the header that the server wants
// of every call that changes something.
SwaggerUIBundle({
  url: "/openapi.yaml",
  dom_id: "#swagger",
  deepLinking: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    request.credentials = "same-origin";
    request.headers["X-Requested-By"] = "ThoughtSpot";
    return request;
  },
});
