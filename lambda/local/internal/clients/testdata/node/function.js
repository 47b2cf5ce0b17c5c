// What the tests ask of every runtime client.
exports.handler = async (event, context) => {
  const type = event.headers?.['content-type'];
  switch (event.rawPath) {
    case '/hello':
      return { statusCode: 200, headers: { 'content-type': 'text/plain' }, body: 'hello' };
    case '/echo':
      return { statusCode: 200, headers: { 'content-type': type }, body: event.body, isBase64Encoded: event.isBase64Encoded };
    default:
      throw new Error('asked to fail');
  }
};
