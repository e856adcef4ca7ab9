// Sends forms at once on one connection, with the client of Node.js, and prints the result as JSON.
import {readFileSync} from 'node:fs'
import {connect} from 'node:http2'

const [url, certificate, ...forms] = process.argv.slice(2)
const session = connect(url, {ca: readFileSync(certificate)})

const send = form =>
  new Promise((resolve, reject) => {
    const request = session.request({
      ':method': 'POST',
      ':path': '/register',
      'content-type': 'application/json'
    })
    let status
    let text = ''
    request.on('response', headers => (status = headers[':status']))
    request.on('data', data => (text += data))
    request.on('end', () => resolve({status, text}))
    request.on('error', reject)
    request.end(form)
  })

session.on('error', error => console.error(error))
session.once('remoteSettings', async settings => {
  const responses = await Promise.all(forms.map(send))
  console.log(JSON.stringify({maxConcurrentStreams: settings.maxConcurrentStreams, responses}))
  session.close()
})
