// A plain handler on Fastify and AWS SDK v3: checks two fields and calls SignUp.
// usage: node server.js PORT ENDPOINT

import { createHmac } from 'node:crypto';
import {
  CognitoIdentityProviderClient,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import Fastify from 'fastify';

const [port, endpoint] = process.argv.slice(2);
const CLIENT_ID = '1example23456789';
const CLIENT_SECRET = '9example87654321secretsecretsecretsecret';

const cognito = new CognitoIdentityProviderClient({
  region: 'eu-central-1',
  endpoint,
  maxAttempts: 1,
  // The default of 50 sockets would make clients wait for each other.
  requestHandler: { httpAgent: { keepAlive: true, maxSockets: 8192, maxFreeSockets: 8192 } },
});

const form = {
  type: 'object',
  required: ['email', 'password'],
  additionalProperties: false,
  properties: {
    email: { type: 'string', format: 'email', maxLength: 254 },
    password: { type: 'string', minLength: 8, maxLength: 256 },
  },
};

const app = Fastify();

app.post('/register', { schema: { body: form } }, async (request, reply) => {
  const { email, password } = request.body;
  const output = await cognito.send(
    new SignUpCommand({
      ClientId: CLIENT_ID,
      SecretHash: createHmac('sha256', CLIENT_SECRET).update(email + CLIENT_ID).digest('base64'),
      Username: email,
      Password: password,
      UserAttributes: [{ Name: 'email', Value: email }],
    }),
  );
  reply.code(201);
  return { user_sub: output.UserSub, confirmed: output.UserConfirmed };
});

await app.listen({ host: '127.0.0.1', port: Number(port), backlog: 4096 });
