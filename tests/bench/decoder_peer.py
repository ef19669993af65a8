"""decoder_peer.py PEER RESTORE RECORD.json FOLDER: trains the decoder of decoder.py in three phases by a peer of ftsrun.

Peers: `finetuning-scheduler` (the Python Fine-Tuning Scheduler under Lightning) and `pytorch` (a loop by hand). RECORD.json
gets a list of steps: [phase, start, end, loss], in seconds of the machine's monotonic clock.
"""

import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")
import torch

torch.set_num_threads(1)
import decoder

STEPS = []


def now():
    return time.clock_gettime(time.CLOCK_MONOTONIC)


def in_phase(phase, name):
    return any(name.startswith(prefix) for prefix in decoder.PHASES[phase])


def pytorch(restore, folder):
    if restore:
        sys.exit("the loop by hand restores nothing")
    torch.manual_seed(0)
    model = decoder.Decoder()
    model.requires_grad_(False)
    ids = decoder.rows(decoder.STEPS * decoder.ROWS)
    optimizer = None
    for phase in range(len(decoder.PHASES)):
        new = [p for n, p in model.named_parameters() if in_phase(phase, n)]
        for p in new:
            p.requires_grad_(True)
        if optimizer is None:
            optimizer = torch.optim.AdamW(new, lr=1e-4)
        else:
            optimizer.add_param_group({"params": new, "lr": 1e-5})
        for batch in ids.split(decoder.ROWS):
            start = now()
            loss = model(batch)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            STEPS.append([phase, start, now(), loss.item()])


def finetuning_scheduler(restore, folder):
    import lightning.pytorch as pl
    from finetuning_scheduler import FinetuningScheduler, FTSCheckpoint
    from torch.utils.data import DataLoader, TensorDataset

    class Module(pl.LightningModule):
        def __init__(self):
            super().__init__()
            self.model = decoder.Decoder()

        def training_step(self, batch, index):
            self.loss = self.model(batch[0])
            return self.loss

        def validation_step(self, batch, index):
            self.log("val_loss", torch.tensor(1.0 / (1 + self.current_epoch)))

        def configure_optimizers(self):
            return torch.optim.AdamW([p for p in self.parameters() if p.requires_grad], lr=1e-4)

    class Record(pl.Callback):
        def on_train_batch_start(self, trainer, module, batch, index):
            self.start = now()

        def on_train_batch_end(self, trainer, module, outputs, batch, index):
            STEPS.append([scheduler.curr_depth, self.start, now(), module.loss.item()])

    schedule = {
        depth: {
            "params": [("model." + prefix).replace(".", r"\.") for prefix in prefixes],
            "max_transition_epoch": depth + 1,
        }
        for depth, prefixes in enumerate(decoder.PHASES)
    }
    torch.manual_seed(0)
    module = Module()
    scheduler = FinetuningScheduler(ft_schedule=schedule, epoch_transitions_only=True, restore_best=restore)
    checkpoint = FTSCheckpoint(**({"monitor": "val_loss", "dirpath": folder} if restore else {"save_top_k": 0}))
    trainer = pl.Trainer(
        accelerator="cpu", devices=1, max_epochs=len(decoder.PHASES), callbacks=[scheduler, checkpoint, Record()],
        logger=False, enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0,
        default_root_dir=folder,
    )  # fmt: skip
    load = lambda count: DataLoader(TensorDataset(decoder.rows(count)), batch_size=decoder.ROWS)
    trainer.fit(module, load(decoder.STEPS * decoder.ROWS), load(decoder.ROWS) if restore else None)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    {"pytorch": pytorch, "finetuning-scheduler": finetuning_scheduler}[sys.argv[1]](sys.argv[2] == "restore", sys.argv[4])
    with open(sys.argv[3], "w", encoding="utf-8") as file:
        json.dump(STEPS, file)
