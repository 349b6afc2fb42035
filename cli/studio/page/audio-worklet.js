/* global AudioWorkletProcessor, registerProcessor, sampleRate */

/** Sends the microphone out in 20 ms pieces of 16 bit samples, with their level. */
class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.size = Math.round(sampleRate / 50);
    this.piece = new Int16Array(this.size);
    this.filled = 0;
    this.peak = 0;
  }

  process([input]) {
    const channel = input?.[0];
    if (!channel) return true;
    for (const sample of channel) {
      const clipped = Math.max(-1, Math.min(1, sample));
      this.peak = Math.max(this.peak, Math.abs(clipped));
      this.piece[this.filled++] = clipped * 32767;
      if (this.filled === this.size) {
        this.port.postMessage({ samples: this.piece, level: this.peak }, [this.piece.buffer]);
        this.piece = new Int16Array(this.size);
        this.filled = 0;
        this.peak = 0;
      }
    }
    return true;
  }
}

/** Plays what arrives; says when a mark has been reached; drops everything on `clear`. */
class Speaker extends AudioWorkletProcessor {
  constructor() {
    super();
    this.queue = [];
    this.offset = 0;
    this.port.onmessage = ({ data }) => {
      if (data.clear) {
        for (const item of this.queue) if (item.mark) this.port.postMessage({ mark: item.mark });
        this.queue = [];
        this.offset = 0;
      } else {
        this.queue.push(data);
      }
    };
  }

  process(_inputs, [output]) {
    const channel = output[0];
    let at = 0;
    while (at < channel.length && this.queue.length > 0) {
      const item = this.queue[0];
      if (item.mark) {
        this.port.postMessage({ mark: item.mark });
        this.queue.shift();
        continue;
      }
      const samples = item.samples;
      while (at < channel.length && this.offset < samples.length) channel[at++] = samples[this.offset++] / 32768;
      if (this.offset >= samples.length) {
        this.queue.shift();
        this.offset = 0;
      }
    }
    while (this.queue[0]?.mark) this.port.postMessage({ mark: this.queue.shift().mark });
    return true;
  }
}

registerProcessor('microphone', Microphone);
registerProcessor('speaker', Speaker);
