"""decoder_peer.py PEER RESTORE RECORD.json FOLDER: trains the decoder of decoder.py in three phases by a peer of ftsrun.

Peers: `finetuning-scheduler` (the Python Fine-Tuning Scheduler under Lightning), `pytorch` (a loop by hand), and
both with `-fsdp2` (sharded by fully_shard, a process of several) and `-fsdp2-ac` (with activation checkpointing of each
layer). RECORD.json, of rank 0, gets a list of steps: [phase, start, end, loss], in seconds of the machine's monotonic clock.
"""

import functools
import json
import os
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


def rows_of(rank, ranks):
    """Every RANKS-th batch, as ftsrun deals them out."""
    return torch.cat(decoder.rows(decoder.STEPS * decoder.ROWS * ranks).split(decoder.ROWS)[rank::ranks])


def pytorch_fsdp2(restore, folder, checkpoints=False):
    from torch import distributed
    from torch.distributed._composable import checkpoint
    from torch.distributed.fsdp import fully_shard

    distributed.init_process_group("gloo")

    def shard(model):
        mesh = distributed.device_mesh.init_device_mesh("cpu", (distributed.get_world_size(),))
        for layer in model.layers:
            if checkpoints:
                checkpoint(layer)
            fully_shard(layer, mesh=mesh)
        fully_shard(model, mesh=mesh)

    pytorch(restore, folder, shard, distributed.get_rank(), distributed.get_world_size())
    distributed.destroy_process_group()


def pytorch(restore, folder, shard=lambda model: None, rank=0, ranks=1):
    if restore:
        sys.exit("the loop by hand restores nothing")
    torch.manual_seed(0)
    model = decoder.Decoder()
    model.requires_grad_(False)
    shard(model)
    ids = rows_of(rank, ranks)
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


def finetuning_scheduler(restore, folder, checkpoints=False):
    import lightning.pytorch as pl
    from finetuning_scheduler import FinetuningScheduler, FTSCheckpoint
    from lightning.pytorch.strategies import ModelParallelStrategy
    from torch.utils.data import DataLoader, TensorDataset

    rank, ranks = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    sharding = {}
    if ranks > 1:
        sharding["strategy"] = ModelParallelStrategy(data_parallel_size=ranks, tensor_parallel_size=1)

    class Module(pl.LightningModule):
        def __init__(self):
            super().__init__()
            self.model = decoder.Decoder()

        def training_step(self, batch, index):
            self.loss = self.model(batch[0])
            return self.loss

        def validation_step(self, batch, index):
            self.log("val_loss", torch.tensor(1.0 / (1 + self.current_epoch)), sync_dist=ranks > 1)

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
    layer = {"act_ckpt": ("composable",)} if checkpoints else {}
    adapter = {"strategy_adapter_cfg": {"fsdp_plan": {r"model\.layers\.\d+$": layer, "model": {}}}} if ranks > 1 else {}
    torch.manual_seed(0)
    module = Module()
    scheduler = FinetuningScheduler(ft_schedule=schedule, epoch_transitions_only=True, restore_best=restore, **adapter)
    checkpoint = FTSCheckpoint(**({"monitor": "val_loss", "dirpath": folder} if restore else {"save_top_k": 0}))
    trainer = pl.Trainer(
        accelerator="cpu", devices=ranks, max_epochs=len(decoder.PHASES), callbacks=[scheduler, checkpoint, Record()],
        logger=False, enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0,
        default_root_dir=folder, use_distributed_sampler=False, **sharding,
    )  # fmt: skip
    load = lambda rows: DataLoader(TensorDataset(rows), batch_size=decoder.ROWS)
    trainer.fit(module, load(rows_of(rank, ranks)), load(decoder.rows(decoder.ROWS)) if restore else None)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    peer = {
        "finetuning-scheduler": finetuning_scheduler,
        "finetuning-scheduler-fsdp2": finetuning_scheduler,
        "finetuning-scheduler-fsdp2-ac": functools.partial(finetuning_scheduler, checkpoints=True),
        "pytorch": pytorch,
        "pytorch-fsdp2": pytorch_fsdp2,
        "pytorch-fsdp2-ac": functools.partial(pytorch_fsdp2, checkpoints=True),
    }[sys.argv[1]]
    peer(sys.argv[2] == "restore", sys.argv[4])
    if os.environ.get("RANK", "0") == "0":
        with open(sys.argv[3], "w", encoding="utf-8") as file:
            json.dump(STEPS, file)
