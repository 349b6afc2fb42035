/** The page to talk from: microphone, live transcript, and the state lit up in the flow's graph. */

const byId = (id) => document.getElementById(id);
const agentSelect = byId('agent');
const callButton = byId('call');
const statusLine = byId('status');
const transcript = byId('transcript');
const level = byId('level');

let agents = [];
let call = null;
let shownFlow = null;
let lit = null;

/** How long before each new try of a line that broke: half a minute in all, as long as the server keeps it by default. */
const retryMs = [250, 500, 1000, 2000, 4000, 4000, 4000, 4000, 5000, 5000];

agents = await (await fetch('agents.json')).json();
for (const agent of agents) agentSelect.append(new Option(agent.name, agent.name));
const wanted = new URLSearchParams(location.search).get('agent');
if (wanted && agents.some((agent) => agent.name === wanted)) agentSelect.value = wanted;
agentSelect.addEventListener('change', showFlows);
callButton.addEventListener('click', () => (call ? call.hangUp() : startCall()));
for (const digit of ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#']) {
  const button = document.createElement('button');
  button.textContent = digit;
  button.addEventListener('click', () => call?.send({ type: 'key', digit }));
  byId('keypad').append(button);
}
await showFlows();

async function showFlows() {
  const agent = agents.find((one) => one.name === agentSelect.value) ?? agents[0];
  const nav = byId('flows');
  nav.replaceChildren();
  for (const flow of agent.flows) {
    const button = document.createElement('button');
    button.textContent = flow;
    button.addEventListener('click', () => showFlow(agent.name, flow));
    nav.append(button);
  }
  shownFlow = null;
  await showFlow(agent.name, agent.flows[0]);
}

async function showFlow(agent, flow) {
  if (shownFlow === `${agent}/${flow}`) return;
  shownFlow = `${agent}/${flow}`;
  for (const button of byId('flows').children) button.setAttribute('aria-current', String(button.textContent === flow));
  const answer = await fetch(`graph/${encodeURIComponent(agent)}/${encodeURIComponent(flow)}.svg`);
  byId('graph').innerHTML = answer.ok ? await answer.text() : '';
  lightUp();
}

async function show({ flow, state }) {
  lit = { flow, state };
  await showFlow(agentSelect.value, flow);
  lightUp();
}

function lightUp() {
  for (const old of document.querySelectorAll('#graph .lit')) old.classList.remove('lit');
  if (!lit?.flow) return;
  const box = document.getElementById(`state-${lit.flow}-${lit.state}`);
  box?.classList.add('lit');
  box?.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'smooth' });
}

function line(who, text, { interim = false } = {}) {
  let item = transcript.querySelector(`li.${who}.interim`);
  if (!item) {
    item = document.createElement('li');
    item.className = who;
    transcript.append(item);
  }
  item.classList.toggle('interim', interim);
  item.textContent = text;
  item.scrollIntoView({ block: 'end' });
  return item;
}

function note(text) {
  const item = document.createElement('li');
  item.className = 'note';
  item.textContent = text;
  transcript.append(item);
  item.scrollIntoView({ block: 'end' });
}

function showTiming({ turn, stages }) {
  const row = document.createElement('tr');
  const parts = Object.entries(stages).map(([name, ms]) => `${name} ${Math.round(ms)}`);
  const total = stages.gapMs ?? stages.firstSent ?? Object.values(stages).at(-1) ?? 0;
  for (const text of [String(turn), parts.join(' · '), `${Math.round(total)} ms`]) {
    const cell = document.createElement('td');
    cell.textContent = text;
    row.append(cell);
  }
  byId('timings').tBodies[0].prepend(row);
}

async function startCall() {
  transcript.replaceChildren();
  byId('timings').tBodies[0].replaceChildren();
  statusLine.textContent = 'Asking for the microphone…';
  callButton.disabled = true;
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
    });
  } catch (error) {
    statusLine.textContent = `No microphone: ${error.message}. Allow it in the address bar, then call again.`;
    callButton.disabled = false;
    return;
  }
  const context = new AudioContext();
  await context.audioWorklet.addModule('audio-worklet.js');
  await context.resume();
  const microphone = new AudioWorkletNode(context, 'microphone', { numberOfOutputs: 0 });
  const speaker = new AudioWorkletNode(context, 'speaker', { numberOfInputs: 0, outputChannelCount: [1] });
  context.createMediaStreamSource(stream).connect(microphone);
  speaker.connect(context.destination);

  /** Comes with `ready`: who lost the line comes back to the same conversation with it. */
  let ticket = null;
  let socket = null;
  let rtc = null;
  let tries = 0;
  let retry = null;

  const send = (message) =>
    rtc ? rtc.send(message) : socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));
  const end = (why) => {
    if (!call) return;
    call = null;
    clearTimeout(retry);
    removeEventListener('online', dialNow);
    for (const track of stream.getTracks()) track.stop();
    void context.close();
    socket?.close();
    // What was said last is still on its way.
    setTimeout(() => rtc?.close(), 200);
    level.value = 0;
    lit = null;
    lightUp();
    callButton.classList.remove('on');
    callButton.textContent = 'Call';
    callButton.disabled = false;
    agentSelect.disabled = false;
    statusLine.textContent = why;
    note(why);
  };
  call = {
    send,
    hangUp: () => {
      send({ type: 'hang_up' });
      end('You hung up.');
    },
  };
  const dialNow = () => {
    if (!retry) return;
    clearTimeout(retry);
    dial();
  };
  // A network that is back needs no more waiting.
  addEventListener('online', dialNow);
  speaker.port.onmessage = ({ data }) => send({ type: 'mark', name: data.mark });
  microphone.port.onmessage = ({ data }) => {
    level.value = data.level;
    if (socket?.readyState === WebSocket.OPEN) socket.send(data.samples.buffer);
  };
  if (new URLSearchParams(location.search).has('webrtc')) await dialRtc();
  else dial();

  function connected() {
    callButton.classList.add('on');
    callButton.textContent = 'Hang up';
    callButton.disabled = false;
    agentSelect.disabled = true;
    statusLine.textContent = 'Connected';
  }

  /** It mends a line that breaks by itself. */
  async function dialRtc() {
    const { dialWebRtc } = await import('./webrtc.js');
    const addressOf = (own) => callAddress(own, 'webrtc/offer');
    const again = () => {
      note('Connected again.');
      statusLine.textContent = 'Connected';
    };
    try {
      rtc = await dialWebRtc(stream, addressOf, { open: connected, message: take, broken, again, close: end }, retryMs);
    } catch (error) {
      end(`The server did not take the call: ${error.message}`);
    }
  }

  function dial() {
    retry = null;
    socket = new WebSocket(callAddress(ticket));
    const own = socket;
    own.binaryType = 'arraybuffer';
    own.onopen = () => {
      send({ type: 'hello', sampleRateHz: context.sampleRate });
      connected();
    };
    own.onclose = ({ code }) => own === socket && lost(code);
    own.onmessage = ({ data }) => own === socket && take(data);
  }

  /** A line that broke, or whose server ended, is dialled again; one that was closed is over. */
  function lost(code) {
    if (!call) return;
    if (!ticket) return end('The server did not take the call.');
    if (code !== 1006 && code !== 1001 && code !== 1012) return end('The call is over.');
    // What was not heard yet is said again by whoever takes the line up.
    speaker.port.postMessage({ clear: true });
    if (tries === retryMs.length)
      return end('The line is gone and did not come back. Call again, and say what you wanted.');
    broken(tries);
    // A little at random: not all callers of a server come back in the same instant.
    retry = setTimeout(dial, retryMs[tries++] * (0.75 + Math.random() / 2));
  }

  function broken(tried) {
    if (tried === 0) note('The line broke. Reconnecting; what you said is kept.');
    statusLine.textContent = `Reconnecting… (try ${tried + 1} of ${retryMs.length})`;
  }

  async function take(data) {
    if (data instanceof ArrayBuffer) {
      speaker.port.postMessage({ samples: new Int16Array(data) });
      return;
    }
    const message = JSON.parse(data);
    if (message.type === 'ready') {
      if (tries > 0) note('Connected again.');
      tries = 0;
      ticket = message.resume ?? null;
    } else if (message.type === 'mark') speaker.port.postMessage({ mark: message.name });
    else if (message.type === 'clear') speaker.port.postMessage({ clear: true });
    else if (message.type === 'transcript') {
      line(message.who, message.text, { interim: !message.final });
      const place = /^([^/.]+)\/([^.]+)/.exec(message.id ?? '');
      if (place) await show({ flow: place[1], state: place[2] });
    } else if (message.type === 'timing') showTiming(message);
    else if (message.type === 'interrupted') note('— interrupted —');
    else if (message.type === 'error') end(message.message);
    // Of a line that broke we do not hear; this is the end of the conversation.
    else if (message.type === 'ended') end(`The call is over: ${message.reason}.`);
    else if (message.type === 'state') {
      statusLine.textContent = message.flow ? `In ${message.flow} / ${message.state}` : 'Listening';
      // When no flow runs, the state that spoke last stays lit.
      if (message.flow) await show(message);
    }
  }
}

/** With a ticket it leads to the conversation that broke off, else to a new one. */
function callAddress(ticket, path = 'call') {
  const token = new URLSearchParams(location.search).get('token');
  const address = new URL(path, path === 'call' ? location.href.replace(/^http/, 'ws') : location.href);
  address.search = new URLSearchParams(
    ticket ? { resume: ticket } : { agent: agentSelect.value, ...(token ? { token } : {}) },
  ).toString();
  return address;
}
