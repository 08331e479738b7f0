// The vendor's own client against our stand-in: what it accepts, the shop's client may meet.
// TH_BASE: the stand-in's Tickethead half. CONTROL: its control pages, for what only time or a buyer does.
import assert from 'node:assert/strict'
import pkg from 'bam-ticketing-sdk'

const { BAM, OrderStatus, ApiError, PasswordCredentials, qrToTicketData } = pkg
const base = process.env.TH_BASE
const control = process.env.CONTROL
const done = []

const tell = async (path, body = {}) => {
  const answer = await fetch(control + path, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
  })
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`)
  return answer.json()
}
const settle = async (intent, more = {}) => tell(`/stripe/settle/${intent}`, more)
const refuses = (promise, statusCode, errorCode) => assert.rejects(promise, (problem) => {
  assert.ok(problem instanceof ApiError, `not an ApiError: ${problem}`)
  assert.equal(problem.statusCode, statusCode)
  if (errorCode) assert.equal(problem.errorCode, errorCode)
  return true
})
const guest = async () => {
  const sdk = await BAM.build({ baseUrl: base, retry: { retries: 0 } })
  const { token } = await sdk.authorize()
  return { sdk, token }
}
const contact = { firstName: 'Ada', lastName: 'Test', email: 'ada@example.org', billingEmail: 'ada@example.org' }
const all = async (sdk, more = {}) =>
  (await sdk.event.listEvents({ with: { ticket_config: true }, future_events: true, limit: 100, ...more })).data
const onSale = (config) => config.startSaleAt < new Date() && config.endSaleAt > new Date()
  && config.availableTickets > 4

const check = async (name, work) => {
  try {
    await work()
  } catch (problem) {
    problem.message = `${name}: ${problem.message}`
    throw problem
  }
  done.push(name)
}

const { sdk, token } = await guest()

// What follows needs an event with a paid ticket, no chart, no sectors, no timeslots.
const find = async (wanted) => {
  for (const { id } of await all(sdk)) {
    const event = await sdk.event.getEvent({ id })
    const config = !event.chartKey && event.kycLevelId === 1 && event.sector.length === 0
      && event.timeslot.length === 0 && event.ticketConfig.find((each) => onSale(each) && wanted(each))
    if (config) return { event, config }
  }
  throw new Error('no such event in the programme')
}
const { event, config } = await find((each) => each.pricingType === 'paid' && each.ticketsPerUser >= 4)
const free = await find((each) => each.pricingType === 'free')

const order = (client, more = {}) => client.order.createOrder({
  format: 'PDF', orderItem: [{ quantity: 2, ticketConfigId: config.id }], orderContact: contact, ...more,
})
const paid = async (client, id, more = {}) => {
  let now
  for (let look = 0; look < 20; look++) {
    now = await client.order.getOrder({ id, ...more })
    if (now.status !== OrderStatus.PaymentProcessing) break
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return now
}

await check('guest log-in', async () => {
  const payload = BAM.getTokenPayload(token)
  assert.equal(payload.type, 'guest')
  assert.ok(Number.isInteger(payload.id) && payload.exp > Date.now() / 1000)
  const other = await guest()
  assert.notEqual(BAM.getTokenPayload(other.token).id, payload.id)
})

await check('password log-in and refresh', async () => {
  const client = await BAM.build({ baseUrl: base, retry: { retries: 0 } })
  const jwt = await client.authorize(new PasswordCredentials({ username: 'ada', password: 'Lovelace-1815' }))
  assert.equal(BAM.getTokenPayload(jwt.token).type, 'registered')
  assert.ok(jwt.refreshToken)
  const again = await client.auth.refreshToken({ token: jwt.token, refreshToken: jwt.refreshToken })
  assert.notEqual(again.refreshToken, jwt.refreshToken)
  const wrong = await BAM.build({ baseUrl: base, retry: { retries: 0 } })
  await refuses(wrong.authorize(new PasswordCredentials({ username: 'ada', password: 'no' })), 401)
  await refuses(wrong.authorize(new PasswordCredentials({ username: 'nobody', password: 'no' })), 404)
})

await check('health', async () => {
  const health = await sdk.health()
  for (const [name, { online }] of Object.entries(health)) assert.ok(online, name)
})

await check('events, paging, relations', async () => {
  const page = await sdk.event.listEvents({ with: { ticket_config: true }, future_events: true })
  assert.ok(Array.isArray(page.data) && Number.isInteger(page.paging.total))
  assert.equal(page.paging.limit, 20)
  assert.ok(page.paging.total >= 25, `only ${page.paging.total} events`)
  assert.equal(page.data[0].sector, undefined)
  assert.ok(page.data[0].ticketConfig)
  assert.ok(event.startAt instanceof Date && event.ticketConfig[0].startSaleAt instanceof Date)
  assert.equal(typeof event.venueId, 'string')
  assert.equal(typeof event.organizerId, 'string')
  assert.equal(typeof config.faceValue, 'number')
  const nested = await sdk.event.getEvent({ id: event.id, with: { ticket_config: { ticket_discount: true } } })
  assert.ok(Array.isArray(nested.ticketConfig[0].ticketDiscount))
})

await check('start_at range', async () => {
  const from = new Date(event.startAt.getTime() - 1000)
  const until = new Date(event.startAt.getTime() + 1000)
  const { data } = await sdk.event.listEvents({ start_at: [from, until] })
  assert.ok(data.some(({ id }) => id === event.id))
  assert.ok(data.every(({ startAt }) => startAt >= from && startAt <= until))
})

await check('recurring event', async () => {
  const { data } = await sdk.event.listEvents({ with: { occurrence: { ticket_config: true } }, limit: 100 })
  const parent = data.find((each) => each.occurrence.length > 1)
  assert.ok(parent.occurrence[0].ticketConfig.length)
  assert.equal(parent.occurrence[0].name, undefined)
})

await check('organizer, formats, categories, venue', async () => {
  const organizer = await sdk.account.getOrganizer({ id: event.organizerId, fields: ['tos', 'workspace'] })
  assert.equal(organizer.name, event.organizerId)
  assert.equal(organizer.organizationName, null)
  assert.ok(organizer.eventTimerS > 0 && organizer.tos && organizer.workspaceKey)
  const venue = await sdk.venue.getVenue({ id: Number(event.venueId) })
  assert.ok(venue.name && venue.address.city)
  assert.ok((await sdk.event.listTicketFormats()).data.some(({ name }) => name === 'PDF'))
  assert.ok((await sdk.bamgregator.listCategories()).data.every(({ id, name }) => id && name))
})

await check('order, contact, payment, poll, download', async () => {
  const made = await order(sdk)
  assert.equal(made.status, OrderStatus.Draft)
  assert.equal(made.orderItem[0].ticket.length, 2)
  assert.equal(made.orderContact.email, contact.email)
  const pay = await sdk.payment.createStripePaymentForOrder({ orderId: made.id, type: 'card' })
  assert.match(pay.paymentIntent.clientSecret, /^pi_.+_secret_.+/)
  assert.match(pay.publishableKey, /^pk_test_/)
  assert.equal(pay.paymentIntent.amount, Math.round(made.total * 100))
  assert.deepEqual(pay.paymentIntent.paymentMethodTypes, ['card'])
  assert.equal((await sdk.order.getOrder({ id: made.id })).status, OrderStatus.PaymentProcessing)
  await refuses(sdk.tenantClient.get(`event/v1/order/${made.id}/download_tickets`), 404)
  await settle(pay.paymentIntent.id)
  const now = await paid(sdk, made.id, {
    with: { order_item: { ticket: { ticket_config: true } }, order_contact: true },
  })
  assert.equal(now.status, OrderStatus.Paid)
  const tickets = now.orderItem.flatMap(({ ticket }) => ticket)
  assert.equal(tickets.length, 2)
  assert.equal(tickets[0].ticketConfig.id, config.id)
  assert.equal(now.orderContact.lastName, 'Test')
  const pdf = await sdk.tenantClient.get(`event/v1/order/${made.id}/download_tickets`, { responseType: 'arraybuffer' })
  assert.equal(Buffer.from(pdf.data).subarray(0, 5).toString(), '%PDF-')
  assert.match(pdf.headers['content-type'], /^application\/pdf/)
  await sdk.order.sendOrderEmail({ id: made.id })
  const mine = await sdk.order.listOrders({ with: { order_contact: true } })
  assert.ok(mine.data.some(({ id }) => id === made.id) && mine.paging.total >= 1)
})

await check('free order is paid by the payment call', async () => {
  const made = await order(sdk, { orderItem: [{ quantity: 1, ticketConfigId: free.config.id }] })
  assert.equal(made.status, OrderStatus.Draft)
  const pay = await sdk.payment.createStripePaymentForOrder({ orderId: made.id })
  assert.equal(pay.paymentIntent, undefined)
  assert.equal((await sdk.order.getOrder({ id: made.id })).status, OrderStatus.Paid)
})

await check('declined card leaves the order open, a good one pays it', async () => {
  const client = (await guest()).sdk
  const made = await order(client)
  const pay = await client.payment.createStripePaymentForOrder({ orderId: made.id, type: 'card' })
  const declined = await settle(pay.paymentIntent.id, { card: '4000000000000002' })
  assert.equal(declined.payment_intent.status, 'requires_payment_method')
  assert.equal((await client.order.getOrder({ id: made.id })).status, OrderStatus.PaymentProcessing)
  const same = await client.payment.createStripePaymentForOrder({ orderId: made.id, type: 'card' })
  assert.equal(same.paymentIntent.id, pay.paymentIntent.id)
  await settle(pay.paymentIntent.id)
  assert.equal((await paid(client, made.id)).status, OrderStatus.Paid)
})

await check('wallet passes', async () => {
  const client = (await guest()).sdk
  const made = await order(client, { format: 'PKPASS' })
  const pay = await client.payment.createStripePaymentForOrder({ orderId: made.id, type: 'card' })
  await settle(pay.paymentIntent.id)
  await paid(client, made.id)
  const file = await client.tenantClient.get(`event/v1/order/${made.id}/download_tickets`, { responseType: 'arraybuffer' })
  assert.match(file.headers['content-type'], /^application\/vnd\.apple\.pkpasses$/)
  assert.equal(Buffer.from(file.data).subarray(0, 2).toString(), 'PK')
})

await check('the signed text of a ticket', async () => {
  const { publicKey } = await sdk.event.getTicketSigningKey({ id: event.id, organizerId: event.organizerId })
  const text = process.env.QR_TEXT
  assert.deepEqual(qrToTicketData(text, publicKey), JSON.parse(process.env.QR_IDS))
  const middle = text.indexOf(':::') + 10
  const forged = text.slice(0, middle) + (text[middle] === 'A' ? 'B' : 'A') + text.slice(middle + 1)
  assert.throws(() => qrToTicketData(forged, publicKey))
})

await check('refusals carry an error code', async () => {
  await refuses(sdk.order.getOrder({ id: 99999999 }), 404, 'not_found')
  const client = (await guest()).sdk
  await refuses(order(client, { orderItem: [{ quantity: config.ticketsPerUser + 1, ticketConfigId: config.id }] }),
    400, 'tickets_per_user_exceeded')
  await refuses(order(client, { format: 'SECURE' }), 400, 'format_not_supported')
  const made = await order(client)
  await refuses(sdk.order.getOrder({ id: made.id }), 403, 'forbidden')
  const nobody = await BAM.build({ baseUrl: base, retry: { retries: 0 } })
  await refuses(nobody.order.getOrder({ id: made.id }), 401, 'unauthorized')
})

await check('the older client and path', async () => {
  const { default: old } = await import('bam-ticketing-sdk-old')
  const client = new old.BAM(base)
  await client.authorize()
  const made = await client.order.createOrder({ format: 'PDF', orderItem: [{ quantity: 1, ticketConfigId: config.id }],
    orderContact: contact })
  const pay = await client.payment.createPaymentIntent({ orderId: made.id, type: 'card' })
  assert.match(pay.paymentIntent.clientSecret, /^pi_.+_secret_.+/)
  assert.match(pay.publishableKey, /^pk_test_/)
})

// Last, because the clock does not go back.
await check('an expired token', async () => {
  const client = (await guest()).sdk
  const made = await order(client)
  const registered = await BAM.build({ baseUrl: base, retry: { retries: 0 } })
  await registered.authorize(new PasswordCredentials({ username: 'ada', password: 'Lovelace-1815' }))
  await tell('/clock', { advance_seconds: 2 * 3600 + 60 })
  await refuses(client.order.getOrder({ id: made.id }), 401, 'unauthorized')
  // A registered user's client logs in again by itself and repeats the call once.
  assert.ok(Array.isArray((await registered.order.listOrders()).data))
})

console.log(`stand-in ok: ${done.length} checks\n${done.join('\n')}`)
