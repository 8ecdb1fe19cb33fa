PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE checkpoint (
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  file TEXT NOT NULL,                        -- relative to the run's folder
  bytes INTEGER NOT NULL,
  validation_loss REAL,
  reason TEXT NOT NULL,
  time_ms INTEGER NOT NULL,
  PRIMARY KEY (run, step)
) WITHOUT ROWID;
INSERT INTO "checkpoint" VALUES(1,2,'checkpoints/step-2.safetensors',1000,2.25,'best',1795474736186);
CREATE TABLE cluster_run (
  run INTEGER PRIMARY KEY REFERENCES run(id) ON DELETE CASCADE,
  folder TEXT NOT NULL DEFAULT '',       -- on the shared disk; empty = not submitted yet
  job TEXT NOT NULL DEFAULT '',          -- the cluster's name of it
  taken INTEGER NOT NULL DEFAULT 0,      -- bytes of its event file that are stored
  open INTEGER NOT NULL DEFAULT 1,       -- 1 = the cluster has it
  submitted_ms INTEGER NOT NULL DEFAULT 0
, taken_sum INTEGER NOT NULL DEFAULT 0, silent_ms INTEGER NOT NULL DEFAULT 0);
CREATE TABLE codebook_use (
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  counts BLOB NOT NULL,                           -- int64, little endian
  PRIMARY KEY (run, step)
) WITHOUT ROWID;
INSERT INTO "codebook_use" VALUES(1,2,X'01000000000000000200000000000000');
CREATE TABLE confusion (
  run INTEGER NOT NULL,
  step INTEGER NOT NULL,
  layer INTEGER NOT NULL,
  cells BLOB NOT NULL,                      -- int32, true class major, little endian
  PRIMARY KEY (run, step, layer),
  FOREIGN KEY (run, step, layer) REFERENCES probe(run, step, layer) ON DELETE CASCADE
) WITHOUT ROWID;
INSERT INTO "confusion" VALUES(1,2,1,X'000000000000000001000000000000000100000001000000010000000100000002000000');
CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  level TEXT NOT NULL,
  text TEXT NOT NULL
);
INSERT INTO "event" VALUES(1,1,0,1795474736186,'info','Running');
INSERT INTO "event" VALUES(2,1,0,1795474736186,'warning','one image did not decode');
INSERT INTO "event" VALUES(3,1,0,1795474736186,'info','Stopped');
INSERT INTO "event" VALUES(4,1,0,1795474736190,'info','Queued');
CREATE TABLE job (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  state TEXT NOT NULL,
  position INTEGER NOT NULL,
  resume INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  ended_ms INTEGER NOT NULL DEFAULT 0,
  owner_pid INTEGER NOT NULL DEFAULT 0,
  owner_start INTEGER NOT NULL DEFAULT 0,
  owner_boot TEXT NOT NULL DEFAULT ''
);
INSERT INTO "job" VALUES(1,1,'waiting',1,1,1795474736190,0,0,0,'');
CREATE TABLE low_data (
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  labels INTEGER NOT NULL,                        -- of each class
  subset INTEGER NOT NULL,
  layer INTEGER NOT NULL,
  accuracy REAL,
  loss REAL,
  time_ms INTEGER NOT NULL,
  PRIMARY KEY (run, labels, subset)
) WITHOUT ROWID;
INSERT INTO "low_data" VALUES(1,4,0,2,0.25,1.5,1795474736190);
CREATE TABLE param (
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  num REAL,
  txt TEXT NOT NULL,
  PRIMARY KEY (run, key)
) WITHOUT ROWID;
INSERT INTO "param" VALUES(1,'data.badImageShare',0.01,'0.01');
INSERT INTO "param" VALUES(1,'data.limit',0.0,'0');
INSERT INTO "param" VALUES(1,'data.name',NULL,'digits');
INSERT INTO "param" VALUES(1,'data.path',NULL,'');
INSERT INTO "param" VALUES(1,'data.resize',NULL,'area');
INSERT INTO "param" VALUES(1,'data.side',0.0,'0');
INSERT INTO "param" VALUES(1,'data.validationShare',0.1,'0.1');
INSERT INTO "param" VALUES(1,'device',NULL,'auto');
INSERT INTO "param" VALUES(1,'kind',NULL,'pretrain');
INSERT INTO "param" VALUES(1,'model.heads',4.0,'4');
INSERT INTO "param" VALUES(1,'model.layers',4.0,'4');
INSERT INTO "param" VALUES(1,'model.objective',NULL,'autoregressive');
INSERT INTO "param" VALUES(1,'model.width',64.0,'64');
INSERT INTO "param" VALUES(1,'name',NULL,'golden');
INSERT INTO "param" VALUES(1,'optimizer.beta1',0.9,'0.9');
INSERT INTO "param" VALUES(1,'optimizer.beta2',0.95,'0.95');
INSERT INTO "param" VALUES(1,'optimizer.clipNorm',0.0,'0.0');
INSERT INTO "param" VALUES(1,'optimizer.epsilon',1.0e-08,'1e-08');
INSERT INTO "param" VALUES(1,'optimizer.learningRate',0.003,'0.003');
INSERT INTO "param" VALUES(1,'optimizer.schedule',NULL,'cosine');
INSERT INTO "param" VALUES(1,'optimizer.warmupSteps',-1.0,'-1');
INSERT INTO "param" VALUES(1,'optimizer.weightDecay',0.0,'0.0');
INSERT INTO "param" VALUES(1,'palette.iterations',100.0,'100');
INSERT INTO "param" VALUES(1,'palette.pixels',250000.0,'250000');
INSERT INTO "param" VALUES(1,'palette.size',512.0,'512');
INSERT INTO "param" VALUES(1,'probe.every',100.0,'100');
INSERT INTO "param" VALUES(1,'probe.l2',0.001,'0.001');
INSERT INTO "param" VALUES(1,'probe.maxIterations',1000.0,'1000');
INSERT INTO "param" VALUES(1,'probe.testImages',180.0,'180');
INSERT INTO "param" VALUES(1,'probe.trainImages',1000.0,'1000');
INSERT INTO "param" VALUES(1,'sample.every',100.0,'100');
INSERT INTO "param" VALUES(1,'sample.perPrompt',4.0,'4');
INSERT INTO "param" VALUES(1,'sample.prompts',8.0,'8');
INSERT INTO "param" VALUES(1,'sample.temperature',1.0,'1.0');
INSERT INTO "param" VALUES(1,'sample.topK',0.0,'0');
INSERT INTO "param" VALUES(1,'sample.unconditional',8.0,'8');
INSERT INTO "param" VALUES(1,'seed',1.0,'1');
INSERT INTO "param" VALUES(1,'threads',0.0,'0');
INSERT INTO "param" VALUES(1,'train.batchSize',64.0,'64');
INSERT INTO "param" VALUES(1,'train.checkpointEvery',200.0,'200');
INSERT INTO "param" VALUES(1,'train.evaluateEvery',50.0,'50');
INSERT INTO "param" VALUES(1,'train.evaluateImages',512.0,'512');
INSERT INTO "param" VALUES(1,'train.keepEvery',0.0,'0');
INSERT INTO "param" VALUES(1,'train.microBatch',0.0,'0');
INSERT INTO "param" VALUES(1,'train.precision',NULL,'auto');
INSERT INTO "param" VALUES(1,'train.steps',600.0,'600');
CREATE TABLE pin (
  id INTEGER PRIMARY KEY AUTOINCREMENT,      -- of one that is unpinned and pinned again it stays
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  step INTEGER NOT NULL,                     -- of the checkpoint, which may be gone
  checkpoint TEXT NOT NULL,                  -- relative to the run's folder
  identity TEXT NOT NULL,                    -- of that file's content
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  picture BLOB NOT NULL,                     -- tokens as in sample
  mask BLOB NOT NULL,                        -- a byte a token, 1 = drawn
  drawn BLOB NOT NULL,                       -- tokens as in sample
  pixel_width INTEGER NOT NULL,
  pixel_height INTEGER NOT NULL,
  pixels BLOB,                               -- RGB, where tokens are codes
  candidate INTEGER NOT NULL,
  candidates INTEGER NOT NULL,
  picture_index INTEGER NOT NULL,
  temperature REAL NOT NULL,
  top_k INTEGER NOT NULL,
  top_p REAL NOT NULL,
  seed INTEGER NOT NULL,
  conditioned INTEGER NOT NULL,
  particles INTEGER NOT NULL,
  passes INTEGER NOT NULL,
  threads INTEGER NOT NULL,
  nats REAL,
  note TEXT NOT NULL,
  created_ms INTEGER NOT NULL
, bf16_cache INTEGER NOT NULL DEFAULT 0);
INSERT INTO "pin" VALUES(3,1,2,'checkpoints/step-2.safetensors','abc',2,2,X'00010203',X'00000101',X'000001002C012D01',0,0,NULL,1,4,0,0.5,0,1.0,7,0,32,1,0,1.25,'liked',1795474736195,1);
CREATE TABLE point (
  series INTEGER NOT NULL REFERENCES series(id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  value REAL,
  time_ms INTEGER NOT NULL,
  PRIMARY KEY (series, step)
) WITHOUT ROWID;
INSERT INTO "point" VALUES(1,1,2.5,1795474736186);
INSERT INTO "point" VALUES(1,2,NULL,1795474736186);
INSERT INTO "point" VALUES(2,1,0.001,1795474736186);
INSERT INTO "point" VALUES(2,2,0.001,1795474736186);
INSERT INTO "point" VALUES(3,1,1.0,1795474736186);
INSERT INTO "point" VALUES(3,2,1.0,1795474736186);
INSERT INTO "point" VALUES(4,1,100.0,1795474736186);
INSERT INTO "point" VALUES(4,2,100.0,1795474736186);
INSERT INTO "point" VALUES(5,2,2.25,1795474736186);
CREATE TABLE probe (
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  layer INTEGER NOT NULL,
  accuracy REAL,
  train_accuracy REAL,
  loss REAL,
  iterations INTEGER NOT NULL,
  converged INTEGER NOT NULL,
  classes INTEGER NOT NULL,
  time_ms INTEGER NOT NULL, l2 REAL NOT NULL DEFAULT 0, joined INTEGER NOT NULL DEFAULT 1, test_accuracy REAL,
  PRIMARY KEY (run, step, layer)
) WITHOUT ROWID;
INSERT INTO "probe" VALUES(1,2,1,0.5,0.75,1.5,20,1,2,1795474736186,0.01,1,0.5);
CREATE TABLE run (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  dataset TEXT NOT NULL,
  layers INTEGER NOT NULL,
  steps INTEGER NOT NULL,
  colour INTEGER NOT NULL DEFAULT 0,
  parent INTEGER REFERENCES run(id) ON DELETE SET NULL,
  parent_step INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  trashed INTEGER NOT NULL DEFAULT 0,
  -- how it goes
  state TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '',
  step INTEGER NOT NULL DEFAULT 0,
  attempt INTEGER NOT NULL DEFAULT 0,        -- grows each time the run is started or resumed
  parameters INTEGER NOT NULL DEFAULT 0,
  started_ms INTEGER NOT NULL DEFAULT 0,
  ended_ms INTEGER NOT NULL DEFAULT 0,
  active_ms INTEGER NOT NULL DEFAULT 0,      -- time at work, up to active_since_ms
  active_since_ms INTEGER NOT NULL DEFAULT 0,  -- 0 = not at work
  updated_ms INTEGER NOT NULL DEFAULT 0,     -- last sign of life
  pace_ms REAL NOT NULL DEFAULT 0,           -- decayed sums: milliseconds and steps of the last minute or so
  pace_steps REAL NOT NULL DEFAULT 0,
  pace_at_ms INTEGER NOT NULL DEFAULT -1,    -- time at work at the newest step; -1 = no step yet in this attempt
  best_loss REAL, best_loss_step INTEGER,
  best_accuracy REAL, best_layer INTEGER, best_accuracy_step INTEGER,
  -- the process that runs it; 0 = none
  owner_pid INTEGER NOT NULL DEFAULT 0,
  owner_start INTEGER NOT NULL DEFAULT 0,
  owner_boot TEXT NOT NULL DEFAULT '',
  version INTEGER NOT NULL DEFAULT 0         -- workspace.version of the last commit that touched the run
, own_process INTEGER NOT NULL DEFAULT 0);
INSERT INTO "run" VALUES(1,'a9a434fb-6020-4f8d-9834-16be560ae857','golden','pretrain','digits',4,600,0,NULL,0,1795474736167,'kept since version 1',0,'queued','',2,0,100,1795474736186,0,0,0,1795474736190,0.0,1.0,0,2.25,2,0.5,1,2,0,0,'',7,0);
CREATE TABLE run_command (
  run INTEGER PRIMARY KEY REFERENCES run(id) ON DELETE CASCADE,
  command TEXT NOT NULL,
  asked_ms INTEGER NOT NULL
);
CREATE TABLE run_text (
  run INTEGER PRIMARY KEY REFERENCES run(id) ON DELETE CASCADE,
  spec TEXT NOT NULL,                        -- TOML
  prepared TEXT NOT NULL DEFAULT '',         -- JSON: sizes, class names, environment
  palette BLOB                               -- float32, 3 a colour, little endian
);
INSERT INTO "run_text" VALUES(1,'# A run of Scanline. A setting that is left out keeps its default.

# What the run is called in lists. Two runs may share a name.
name = "golden"

# What the run does: train a model, or probe one that is trained. Takes one of: pretrain, probe.
kind = "pretrain"

# Decides everything random: weights, batches, split, palette, samples. Takes a whole number of 0 or more.
seed = 1

# Where the model runs. auto takes a GPU if a driver is there. Takes one of: auto, cpu, cuda.
device = "auto"

# 0 takes all cores. Results are bit-equal only at the same number. Takes a whole number from 0 to 1024.
threads = 0

[data]
# Which images: digits (bundled), cifar10, mnist, fashion-mnist or images (a folder). Paper: ImageNet, CIFAR-10.
name = "digits"

# Folder or file of the data set; empty for bundled sets.
path = ""

# Images are brought to this many pixels squared; 0 keeps their size. Takes a whole number from 0 to 256. Paper: 32, 48 or 64.
side = 0

# How images are made smaller. The filter changes the loss, so compare like with like. Takes one of: area, bilinear. Paper: not stated.
resize = "area"

# Share of the training images held out, drawn by the seed. Takes a number from 0.001 to 0.9. Paper: 0.04 (ImageNet), 0.1 (CIFAR).
validationShare = 0.1

# Use at most this many training images; 0 uses all. Takes a whole number of 0 or more.
limit = 0

# Images that do not decode are skipped and named, up to this share of all; above it the run fails. Takes a number from 0 to 1.
badImageShare = 0.01

[palette]
# Colours that k-means finds in the training pixels; one token is one colour. Takes a whole number from 2 to 4096. Paper: 512.
size = 512

# Training pixels that k-means looks at. Takes a whole number from 2 to 100000000. Paper: not stated.
pixels = 250000

# k-means stops here, or earlier when no centre moves. Takes a whole number from 1 to 10000. Paper: not stated.
iterations = 100

[model]
# What the model learns to predict. Takes one of: autoregressive. Paper: autoregressive, BERT.
objective = "autoregressive"

# Transformer blocks. Takes a whole number from 1 to 200. Paper: S 24, M 36, L 48, XL 60.
layers = 4

# Size of the embedding and of every layer''s state. Takes a whole number from 2 to 16384. Paper: S 512, M 1024, L 1536, XL 3072.
width = 64

# Attention heads; must divide the width. Takes a whole number from 1 to 256. Paper: S 8, M 8, L 16.
heads = 4

[optimizer]
# Peak of the schedule. Takes a number from 1e-08 to 10. Paper: S 0.003.
learningRate = 0.003

# Linear rise to the peak; -1 is one epoch. Takes a whole number of -1 or more. Paper: one epoch.
warmupSteps = -1

# After the warm-up: cosine to zero, or constant. Takes one of: cosine, constant. Paper: cosine.
schedule = "cosine"

# Decay of the first moment. Takes a number from 0 to 0.999999. Paper: 0.9.
beta1 = 0.9

# Decay of the second moment. 0.999 gave the authors loss spikes. Takes a number from 0 to 0.999999. Paper: 0.95.
beta2 = 0.95

# Keeps the division finite. Takes a number from 1e-16 to 1. Paper: not stated.
epsilon = 1e-08

# Decoupled decay of all matrices. Takes a number from 0 to 10. Paper: 0.
weightDecay = 0.0

# Gradients longer than this are shortened to it; 0 is off. Takes a number from 0 to 1000000. Paper: not stated.
clipNorm = 0.0

[train]
# Optimiser steps of the whole run. Takes a whole number of 1 or more. Paper: 1,000,000.
steps = 600

# Images an optimiser step. Takes a whole number from 1 to 65536. Paper: 128.
batchSize = 64

# Images a forward pass; gradients add up to the batch. 0 chooses. Takes a whole number from 0 to 65536.
microBatch = 0

# bf16 computes in 16 bits beside 32-bit weights; auto asks the processor. Takes one of: auto, fp32, bf16. Paper: fp32.
precision = "auto"

# Steps between validation losses; 0 only at the end. Takes a whole number of 0 or more.
evaluateEvery = 50

# At most this many, always the same ones. Takes a whole number of 1 or more.
evaluateImages = 512

# Steps between checkpoints; 0 only at the end. Takes a whole number of 0 or more.
checkpointEvery = 200

# Besides best and last, keep checkpoints at multiples of this step; 0 keeps none. Takes a whole number of 0 or more.
keepEvery = 0

[probe]
# Steps between linear probes of all layers; 0 only at the end. Takes a whole number of 0 or more.
every = 100

# Labelled training images each probe is fitted on. Takes a whole number of 10 or more. Paper: all.
trainImages = 1000

# Labelled validation images each probe is scored on. Takes a whole number of 10 or more. Paper: all.
testImages = 180

# Weight of the penalty: mean cross entropy + L2/2 |W|^2 on standardised features. Takes a number from 0 to 1000000. Paper: not stated.
l2 = 0.001

# L-BFGS stops here at the latest. Takes a whole number from 1 to 100000. Paper: not stated.
maxIterations = 1000

[sample]
# Steps between samples; 0 only at the end. Takes a whole number of 0 or more.
every = 100

# Validation images whose upper half is given. Takes a whole number from 0 to 256.
prompts = 8

# Lower halves drawn for every prompt. Takes a whole number from 1 to 64.
perPrompt = 4

# Images drawn from nothing. Takes a whole number from 0 to 256.
unconditional = 8

# Divides the logits before drawing. Takes a number from 0.01 to 100. Paper: 1.
temperature = 1.0

# Draw from the k likeliest colours; 0 from all. Takes a whole number from 0 to 4096. Paper: off.
topK = 0
','{"classNames":["zero","one"],"environment":[["Seed","1"]],"height":2,"paletteSize":2,"positions":4,"testImages":0,"trainImages":10,"validationImages":2,"width":2}',X'000080BF000080BF000080BF0000803F0000803F0000803F');
CREATE TABLE runner (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  pid INTEGER NOT NULL,
  start_ticks INTEGER NOT NULL,
  boot TEXT NOT NULL,
  serves TEXT NOT NULL,
  state TEXT NOT NULL
);
CREATE TABLE sample (
  sample_set INTEGER NOT NULL REFERENCES sample_set(id) ON DELETE CASCADE,
  original INTEGER NOT NULL,                 -- 1: what was given; 0: what was drawn
  place INTEGER NOT NULL,
  nats REAL,
  tokens BLOB NOT NULL, pixels BLOB, true_pixels BLOB,
  PRIMARY KEY (sample_set, original, place)
) WITHOUT ROWID;
INSERT INTO "sample" VALUES(1,0,0,1.25,X'0000010000002C01',NULL,NULL);
INSERT INTO "sample" VALUES(1,1,0,1.5,X'00010100',NULL,NULL);
CREATE TABLE sample_set (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  completions INTEGER NOT NULL,              -- 1: parts of originals were given; 0: drawn from nothing
  given INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  per_prompt INTEGER NOT NULL,
  prompts INTEGER NOT NULL,
  time_ms INTEGER NOT NULL, pixel_width INTEGER NOT NULL DEFAULT 0, pixel_height INTEGER NOT NULL DEFAULT 0,
  UNIQUE (run, step, completions)
);
INSERT INTO "sample_set" VALUES(1,1,2,1,2,2,2,1,1,1795474736186,0,0);
CREATE TABLE saved_view (
  name TEXT PRIMARY KEY,
  content TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "saved_view" VALUES('first','{}');
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  UNIQUE (run, name)
);
INSERT INTO "series" VALUES(1,1,'train/loss');
INSERT INTO "series" VALUES(2,1,'optimizer/learningRate');
INSERT INTO "series" VALUES(3,1,'optimizer/gradientNorm');
INSERT INTO "series" VALUES(4,1,'speed/imagesPerSecond');
INSERT INTO "series" VALUES(5,1,'validation/loss');
CREATE TABLE series_summary (
  series INTEGER PRIMARY KEY REFERENCES series(id) ON DELETE CASCADE,
  count INTEGER NOT NULL,
  first_step INTEGER NOT NULL, first_value REAL,
  last_step INTEGER NOT NULL, last_value REAL,
  min_step INTEGER, min_value REAL,
  max_step INTEGER, max_value REAL
);
INSERT INTO "series_summary" VALUES(1,2,1,2.5,2,NULL,1,2.5,1,2.5);
INSERT INTO "series_summary" VALUES(2,2,1,0.001,2,0.001,1,0.001,1,0.001);
INSERT INTO "series_summary" VALUES(3,2,1,1.0,2,1.0,1,1.0,1,1.0);
INSERT INTO "series_summary" VALUES(4,2,1,100.0,2,100.0,1,100.0,1,100.0);
INSERT INTO "series_summary" VALUES(5,1,2,2.25,2,2.25,2,2.25,2,2.25);
CREATE TABLE tag (
  run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  PRIMARY KEY (run, name)
) WITHOUT ROWID;
INSERT INTO "tag" VALUES(1,'old');
CREATE TABLE workspace (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  version INTEGER NOT NULL,
  created_ms INTEGER NOT NULL
, removed_version INTEGER NOT NULL DEFAULT 0, lanes INTEGER NOT NULL DEFAULT 1);
INSERT INTO "workspace" VALUES(1,7,1795474736158,0,1);
CREATE INDEX run_by_name ON run(name);
CREATE INDEX run_by_state ON run(state);
CREATE INDEX run_by_parent ON run(parent) WHERE parent IS NOT NULL;
CREATE INDEX param_by_number ON param(key, num, run);
CREATE INDEX param_by_text ON param(key, txt, run);
CREATE INDEX event_by_run ON event(run, id);
CREATE UNIQUE INDEX job_open ON job(run) WHERE state IN ('waiting', 'running', 'paused');
CREATE INDEX job_by_run ON job(run);
CREATE INDEX run_by_version ON run(version);
CREATE INDEX run_base ON run(trashed, created_ms, parent, kind);
CREATE INDEX series_by_name ON series(name, run);
CREATE INDEX tag_by_name ON tag(name, run);
CREATE VIEW v_run AS SELECT
  id, uuid, name, kind, nullif(dataset, '') AS data, state, detail, step, nullif(steps, 0) AS steps,
  nullif(parameters, 0) AS parameters, nullif(layers, 0) AS layers, best_loss, best_loss_step, best_accuracy,
  best_accuracy_step, best_layer, datetime(created_ms / 1000, 'unixepoch') AS created,
  datetime(nullif(started_ms, 0) / 1000, 'unixepoch') AS started,
  datetime(nullif(ended_ms, 0) / 1000, 'unixepoch') AS ended, active_ms / 1000.0 AS seconds, parent, parent_step,
  trashed, note, (SELECT group_concat(name, ', ') FROM tag WHERE tag.run = run.id) AS tags
FROM run;
CREATE VIEW v_setting AS SELECT run, key, num AS number, txt AS text FROM param;
CREATE VIEW v_series AS SELECT
  series.run AS run, name, count, first_step, first_value, last_step, last_value, min_step, min_value, max_step,
  max_value
FROM series JOIN series_summary ON series_summary.series = series.id;
CREATE VIEW v_point AS SELECT series.run AS run, series.name AS series, step, value, time_ms / 1000.0 AS time
FROM series JOIN point ON point.series = series.id;
CREATE VIEW v_probe AS SELECT run, step, layer, accuracy, train_accuracy, test_accuracy, loss, l2, classes FROM probe;
CREATE VIEW v_low_data AS SELECT run, labels, subset, layer, accuracy, loss FROM low_data;
CREATE VIEW v_checkpoint AS SELECT run, step, file, bytes, validation_loss, reason FROM checkpoint;
CREATE VIEW v_log AS SELECT run, datetime(time_ms / 1000, 'unixepoch') AS time, level, text FROM event;
CREATE INDEX pin_by_run ON pin(run, id);
CREATE VIEW v_pin AS SELECT
  id, run, step, checkpoint, candidate, nats, temperature, top_k, top_p, seed, conditioned, particles, passes, note,
  datetime(created_ms / 1000, 'unixepoch') AS created
FROM pin;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('run',1);
INSERT INTO "sqlite_sequence" VALUES('job',1);
INSERT INTO "sqlite_sequence" VALUES('pin',3);
COMMIT;
PRAGMA application_id = 1399021934;
PRAGMA user_version = 10;
