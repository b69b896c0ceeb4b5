// node server.js PORT ISSUER CLIENT REDIRECT_URI SCOPE: an OpenID Connect provider with one public client, which has to
// send PKCE. Whoever types a name is that person; then it asks for consent. TLS is in front of it.
import Provider from "oidc-provider";

const [port, issuer, client, redirectUri, scope] = process.argv.slice(2);

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: client,
      application_type: "native",
      token_endpoint_auth_method: "none",
      redirect_uris: [redirectUri],
      response_types: ["code"],
      grant_types: ["authorization_code", "refresh_token"],
    },
  ],
  pkce: { required: () => true },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  features: {
    devInteractions: { enabled: true },
    // JSON Web Tokens for the scope, as Microsoft Entra ID gives them: without it an access token is a handle.
    resourceIndicators: {
      enabled: true,
      defaultResource: () => "urn:tests:warehouse",
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope, accessTokenFormat: "jwt", accessTokenTTL: 600 }),
    },
  },
  cookies: { keys: ["of these tests"] },
});
provider.proxy = true;
provider.listen(Number(port), "127.0.0.1");
