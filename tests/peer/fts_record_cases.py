"""The runs that fts_record.py records: DEFAULTS, and what each case changes."""

SGD = {"class": "SGD", "args": {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.01}}
IMPROVING = [1.0, 0.9, 0.95, 0.8, 0.7, 0.75, 0.6, 0.5, 0.55, 0.4]
BEST_EARLY = [1.0, 0.5, 0.9, 0.8, 0.85, 0.7, 0.95]
PLAN = [["head.*"], ["fc3.*", "ln.*"], ["fc2.*", "fc1.*"]]
CONV_PLAN = [["head.*"], ["c2.*", "bn2.*"], ["c1.*", "bn1.*"]]


def schedule(plan=PLAN, **phases):
    """YAML of the phases; `p1={…}` adds keys to phase 1."""
    return {depth: {"params": names, **phases.get(f"p{depth}", {})} for depth, names in enumerate(plan)}


def text(plan):
    import yaml

    return yaml.safe_dump(plan, sort_keys=False)


def explicit(plan=PLAN, **phases):
    return text(schedule(plan, **phases))


def optimizer(name, **args):
    return {"new_optimizer": {"optimizer_init": {"class_path": "torch.optim." + name, "init_args": args}}}


def scheduler(name, pl=None, args=None, **more):
    init = {"lr_scheduler_init": {"class_path": "torch.optim.lr_scheduler." + name, "init_args": args or {}}}
    return {"new_lr_scheduler": init | ({"pl_lrs_cfg": pl} if pl else {}) | more}


def fts(**more):
    return {"base_max_lr": 0.02, **more}


def initial(name, pl=None, **args):
    return {"class": name, "args": args} | ({"pl": pl} if pl else {})


def until(*epochs):
    return {f"p{i}": {"max_transition_epoch": e} for i, e in enumerate(epochs) if e is not None}


ADAMW = optimizer("AdamW", lr=0.004, weight_decay=0.02)
DEFAULTS = {"model": "mlp_ln", "monitor": "val_loss", "max_epochs": 12, "optimizer": SGD, "lr_scheduler": initial("StepLR", step_size=1, gamma=0.9),
            "val_script": IMPROVING, "fts": fts(), "batch_size": 8, "schedule": explicit()}
RESUME = {"ckpt": {"save_top_k": 1, "save_last": True}, "resume": {"first_max_epochs": 4, "from": "last"}}

CASES = {
    # Optimizers.
    "adamw_amsgrad": {"optimizer": {"class": "AdamW", "args": {"lr": 0.01, "weight_decay": 0.05, "amsgrad": True, "betas": [0.8, 0.95]}}},
    "adam_decay": {"optimizer": {"class": "Adam", "args": {"lr": 0.01, "weight_decay": 0.05, "eps": 1e-6}}, "val_script": BEST_EARLY},
    "rmsprop": {"optimizer": {"class": "RMSprop", "args": {"lr": 0.002}}, "lr_scheduler": None},
    "rmsprop_momentum_centered": {"optimizer": {"class": "RMSprop", "args": {"lr": 0.002, "momentum": 0.9, "centered": True, "alpha": 0.9}}},
    "adagrad_decay": {"optimizer": {"class": "Adagrad", "args": {"lr": 0.02, "lr_decay": 0.01, "weight_decay": 0.01, "initial_accumulator_value": 0.1}}},
    "sgd_dampening": {"optimizer": {"class": "SGD", "args": {"lr": 0.05, "momentum": 0.9, "dampening": 0.3}}},
    "sgd_plain": {"optimizer": {"class": "SGD", "args": {"lr": 0.1}}, "val_script": BEST_EARLY},
    # Schedulers from the start.
    "exponential": {"lr_scheduler": initial("ExponentialLR", gamma=0.8)},
    "constant": {"lr_scheduler": initial("ConstantLR", factor=0.3, total_iters=4)},
    "step_by_steps": {"lr_scheduler": initial("StepLR", {"interval": "step"}, step_size=5, gamma=0.8)},
    "step_by_steps_every_3": {"lr_scheduler": initial("StepLR", {"interval": "step", "frequency": 3}, step_size=2, gamma=0.8)},
    "rlrop": {"lr_scheduler": initial("ReduceLROnPlateau", {"monitor": "val_loss"}, factor=0.5, patience=0), "val_script": BEST_EARLY},
    "rlrop_improving": {"lr_scheduler": initial("ReduceLROnPlateau", {"monitor": "val_loss"}, factor=0.5, patience=0, cooldown=1)},
    "cosine_restarts_2": {"lr_scheduler": initial("CosineAnnealingWarmRestarts", T_0=2, T_mult=2, eta_min=1e-3), "val_script": BEST_EARLY},
    "cosine_norestore": {"lr_scheduler": initial("CosineAnnealingLR", T_max=5, eta_min=0.002), "fts": fts(restore_best=False)},
    "linear_best_early": {"lr_scheduler": initial("LinearLR", start_factor=0.5, end_factor=1.5, total_iters=6), "val_script": BEST_EARLY},
    "multistep_steps": {"lr_scheduler": initial("MultiStepLR", {"interval": "step"}, milestones=[5, 9, 21], gamma=0.5)},
    "lambda_apply_best_early": {"lr_scheduler": initial("LambdaLR", lr_lambda="0.9**epoch"), "fts": fts(apply_lambdas_new_pgs=True), "val_script": BEST_EARLY},
    "lambda_inverse_steps": {"lr_scheduler": initial("LambdaLR", {"interval": "step"}, lr_lambda="1/(1+epoch)"), "fts": fts(apply_lambdas_new_pgs=True)},
    "multiplicative_apply": {"lr_scheduler": initial("MultiplicativeLR", lr_lambda="const0.95"), "fts": fts(apply_lambdas_new_pgs=True), "val_script": BEST_EARLY},
    "polynomial": {"lr_scheduler": initial("PolynomialLR", total_iters=8, power=2.0), "val_script": BEST_EARLY},
    "cyclic_steps": {"lr_scheduler": initial("CyclicLR", {"interval": "step"}, base_lr=0.01, max_lr=0.1, step_size_up=4)},
    # New schedulers.
    "lrs_init_pg_lrs_short": {"schedule": explicit(p1=scheduler("StepLR", args={"step_size": 1, "gamma": 0.7}, init_pg_lrs=[0.03]))},
    "lrs_norestore": {"schedule": explicit(p1=scheduler("StepLR", args={"step_size": 1, "gamma": 0.7}), p2=scheduler("ExponentialLR", args={"gamma": 0.6})),
                      "fts": fts(restore_best=False), "val_script": BEST_EARLY},
    "lrs_cawr_step": {"schedule": explicit(p1=scheduler("CosineAnnealingWarmRestarts", {"interval": "step", "frequency": 1}, {"T_0": 3, "T_mult": 2, "eta_min": 1e-4}))},
    "lrs_both_phases_best_early": {"schedule": explicit(p1=scheduler("LinearLR", args={"start_factor": 0.3, "total_iters": 3}),
                                                        p2=scheduler("CosineAnnealingLR", args={"T_max": 4})), "val_script": BEST_EARLY},
    "lrs_use_current_best_early": {"schedule": explicit(p1=scheduler("StepLR", args={"step_size": 1, "gamma": 0.7}, use_current_optimizer_pg_lrs=True),
                                                        p2=scheduler("MultiStepLR", args={"milestones": [1, 3], "gamma": 0.4}, use_current_optimizer_pg_lrs=True)),
                                   "val_script": BEST_EARLY},
    "lrs_rlrop_then_goes_on": {"schedule": explicit(p1=scheduler("ReduceLROnPlateau", {"monitor": "val_loss"}, {"patience": 0, "factor": 0.5})), "es": {"patience": 2}},
    "lrs_rlrop_twice": {"schedule": explicit(p1=scheduler("ReduceLROnPlateau", {"monitor": "val_loss"}, {"patience": 0, "factor": 0.5}),
                                             p2=scheduler("ReduceLROnPlateau", {"monitor": "val_loss"}, {"patience": 1, "factor": 0.2})), "es": {"patience": 2},
                        "val_script": BEST_EARLY},
    "lrs_rlrop_to_step": {"lr_scheduler": initial("ReduceLROnPlateau", {"monitor": "val_loss"}, factor=0.5, patience=0),
                          "schedule": explicit(p1=scheduler("StepLR", args={"step_size": 1, "gamma": 0.7}))},
    "lrs_lambda_none_before": {"schedule": schedule(p1=scheduler("LambdaLR", args={"lr_lambda": "1/(1+epoch)"})), "fts": fts(apply_lambdas_new_pgs=True)},
    "lrs_freq2_init_pg": {"schedule": explicit(p1=scheduler("ExponentialLR", {"interval": "epoch", "frequency": 2}, {"gamma": 0.5}, init_pg_lrs=[0.03, 0.01]))},
    "lrs_init_pg_lrs_empty": {"schedule": explicit(p1=scheduler("StepLR", args={"step_size": 1, "gamma": 0.7}, init_pg_lrs=[]))},
    "lrs_step_to_lambda_apply": {"schedule": schedule(p1=scheduler("LambdaLR", args={"lr_lambda": "0.9**epoch"})), "fts": fts(apply_lambdas_new_pgs=True), "val_script": BEST_EARLY},
    "lrs_lambda_to_step_apply": {"lr_scheduler": initial("LambdaLR", lr_lambda="0.9**epoch"), "schedule": explicit(p1=scheduler("StepLR", args={"step_size": 1, "gamma": 0.7})),
                                 "fts": fts(apply_lambdas_new_pgs=True), "val_script": BEST_EARLY},
    "rlrop_val_every_2": {"lr_scheduler": initial("ReduceLROnPlateau", {"monitor": "val_loss"}, factor=0.5, patience=0), "trainer": {"check_val_every_n_epoch": 2}, "max_epochs": 14},
    "rlrop_steps": {"lr_scheduler": initial("ReduceLROnPlateau", {"monitor": "val_loss", "interval": "step"}, factor=0.5, patience=3)},
    "lrs_one_cycle": {"schedule": explicit(p1=scheduler("OneCycleLR", {"interval": "step"}, {"max_lr": 0.1, "total_steps": 100}))},
    # New optimizers.
    "opt_crash": {"schedule": explicit(p1=ADAMW), "val_script": BEST_EARLY},
    "opt_at2_only": {"schedule": explicit(p2=ADAMW)},
    "opt_at2_only_best_early": {"schedule": explicit(p2=optimizer("Adam", lr=0.004)), "val_script": BEST_EARLY},
    "opt_both": {"schedule": explicit(p1=ADAMW, p2=optimizer("RMSprop", lr=0.001, momentum=0.5))},
    "opt_both_best_early": {"schedule": explicit(p1=ADAMW, p2=optimizer("Adagrad", lr=0.01)), "val_script": BEST_EARLY},
    "opt_same_class": {"schedule": explicit(p1=optimizer("SGD", lr=0.01, momentum=0.5, nesterov=True))},
    "opt_same_class_best_early": {"schedule": explicit(p1=optimizer("SGD", lr=0.01, momentum=0.5)), "val_script": BEST_EARLY},
    "opt_norestore_lrs": {"schedule": explicit(p1=ADAMW | scheduler("StepLR", args={"step_size": 1, "gamma": 0.7}), p2=optimizer("SGD", lr=0.01)), "fts": fts(restore_best=False)},
    "opt_adagrad_from_adam": {"optimizer": {"class": "Adam", "args": {"lr": 0.004}}, "schedule": explicit(p1=optimizer("Adagrad", lr=0.02))},
    "opt_no_scheduler": {"lr_scheduler": None, "schedule": explicit(p1=ADAMW)},
    "opt_rlrop": {"lr_scheduler": initial("ReduceLROnPlateau", {"monitor": "val_loss"}, factor=0.5, patience=0), "schedule": explicit(p1=ADAMW)},
    "opt_per_phase_lr": {"schedule": explicit(p1={"lr": 0.003} | ADAMW, p2={"lr": 0.0005})},
    "opt_adamw_to_adam": {"optimizer": {"class": "AdamW", "args": {"lr": 0.01, "weight_decay": 0.05}}, "schedule": explicit(p1=optimizer("Adam", lr=0.004, weight_decay=0.05)),
                          "val_script": BEST_EARLY},
    "opt_adam_to_adamw": {"optimizer": {"class": "Adam", "args": {"lr": 0.01, "weight_decay": 0.05}}, "schedule": explicit(p1=ADAMW), "val_script": BEST_EARLY},
    # Implicit schedules.
    "implicit_reinit_optim": {"schedule": None, "max_epochs": 16, "fts": fts(reinit_optim_cfg=ADAMW["new_optimizer"])},
    "implicit_cosine": {"schedule": None, "max_epochs": 16, "lr_scheduler": initial("CosineAnnealingLR", T_max=6), "fts": {"base_max_lr": 0.01}},
    "implicit_norestore_depth2": {"schedule": None, "max_epochs": 16, "fts": fts(restore_best=False, max_depth=2)},
    "implicit_tied": {"model": "tied", "schedule": None, "max_epochs": 16},
    "implicit_conv": {"model": "convbn", "schedule": None, "max_epochs": 16},
    "implicit_reinit_lr_cosine": {"schedule": None, "max_epochs": 16, "val_script": BEST_EARLY, "fts": fts(
        reinit_lr_cfg=scheduler("CosineAnnealingLR", {"interval": "step", "frequency": 2}, {"T_max": 5})["new_lr_scheduler"])},
    # Depth and moves.
    "depth_0": {"fts": fts(max_depth=0)},
    "depth_beyond": {"fts": fts(max_depth=9)},
    "norestore": {"fts": fts(restore_best=False)},
    "worse_then_better": {"val_script": [1.0, 0.5, 0.9, 0.8, 0.45, 0.4, 0.5]},
    "mte_out_of_order": {"schedule": explicit(**until(3, 2, 7)), "max_epochs": 7, "es": {"patience": 50}},
    "mte_minus_1": {"schedule": explicit(**until(-1, 4, -1)), "es": {"patience": 3}},
    "mte_same_epoch": {"schedule": explicit(**until(2, 2)), "es": {"patience": 50}, "max_epochs": 6},
    "mte_and_plateau": {"schedule": explicit(**until(3, 6))},
    "mte_with_plateau_norestore": {"schedule": explicit(**until(2, None)), "fts": fts(restore_best=False), "es": {"patience": 2}},
    "eto_norestore": {"schedule": explicit(**until(2, 4, 6)), "max_epochs": 6, "fts": fts(epoch_transitions_only=True, restore_best=False)},
    "eto_minus_1": {"schedule": explicit(**until(2, 4, -1)), "max_epochs": 7, "fts": fts(epoch_transitions_only=True)},
    "eto_depth_1": {"schedule": explicit(**until(2, 4, 6)), "max_epochs": 7, "fts": fts(epoch_transitions_only=True, max_depth=1)},
    "eto_no_limit": {"schedule": explicit(**until(1, 2, 4)), "max_epochs": -1, "fts": fts(epoch_transitions_only=True)},
    "base_max_lr_default": {"fts": {}},
    "phase_lrs": {"schedule": explicit(p1={"lr": 0.003}, p2={"lr": 0.0004}), "val_script": BEST_EARLY},
    # Early stopping.
    "patience_2": {"es": {"patience": 2}, "val_script": [0.9, 1.0, 1.1, 0.8, 0.85, 0.9, 0.7, 0.75, 0.8]},
    "stopping_threshold": {"es": {"patience": 1, "stopping_threshold": 0.45}, "val_script": [0.5, 0.9, 0.4, 0.3]},
    "not_finite_ignored": {"es": {"patience": 2, "check_finite": False}, "val_script": [1.0, float("nan"), 0.9, float("inf"), 0.95, 0.8]},
    "nan_first": {"es": {"patience": 2, "check_finite": False}, "val_script": [float("nan"), float("nan"), 0.9, 0.95, 1.0, 0.8]},
    "nan_only": {"schedule": explicit(**until(2, 4, 6)), "max_epochs": 6, "fts": fts(epoch_transitions_only=True), "val_script": [float("nan")] * 6},
    "inf_stops": {"val_script": [1.0, 0.9, float("inf"), 0.4]},
    "mode_max_min_delta": {"monitor": "val_acc", "es": {"patience": 2, "mode": "max", "min_delta": 0.1}, "ckpt": {"save_top_k": 2, "mode": "max"},
                           "val_script": [0.1, 0.15, 0.3, 0.32, 0.35, 0.5, 0.55, 0.56, 0.57]},
    "val_every_2": {"trainer": {"check_val_every_n_epoch": 2}, "max_epochs": 14},
    "es_other_monitor": {"monitor": "val_acc", "es": {"patience": 1, "monitor": "val_loss"}, "ckpt": {"mode": "max"}, "val_script": [0.1, 0.2, 0.3, 0.25, 0.4, 0.3]},
    # Trainer.
    "accumulate_3": {"trainer": {"accumulate_grad_batches": 3}, "lr_scheduler": initial("StepLR", {"interval": "step"}, step_size=2, gamma=0.8)},
    "accumulate_4_clip": {"trainer": {"accumulate_grad_batches": 4, "gradient_clip_val": 0.2}},
    "clip_value": {"trainer": {"gradient_clip_val": 0.02, "gradient_clip_algorithm": "value"}, "optimizer": {"class": "AdamW", "args": {"lr": 0.01}}},
    "batch_5": {"batch_size": 5},
    "max_steps": {"trainer": {"max_steps": 22}},
    "trained_mse": {"model": "mlp_ln_mse", "val_script": None, "batch_size": 32, "max_epochs": 16, "es": {"patience": 2}},
    "trained_rmsprop": {"val_script": None, "optimizer": {"class": "RMSprop", "args": {"lr": 0.003, "alpha": 0.9}}, "es": {"patience": 1, "min_delta": 0.01}, "max_epochs": 20},
    "top_3": {"ckpt": {"save_top_k": 3}, "val_script": [1.0, 0.9, 0.95, 0.92, 0.8, 0.85, 0.82, 0.7]},
    "top_all": {"ckpt": {"save_top_k": -1}, "val_script": BEST_EARLY},
    "ckpt_every_2": {"ckpt": {"save_top_k": 1, "every_n_epochs": 2}, "es": {"patience": 2}},
    # Decay and groups.
    "no_decay_filtered": {"no_decay": ["bias", "ln.weight"]},
    "no_decay_all": {"no_decay": ["bias", "ln"], "opt_params": "all"},
    "no_decay_empty": {"no_decay": ["ln"], "opt_params": "all", "val_script": BEST_EARLY},
    "no_decay_new_opt_norestore": {"no_decay": ["bias"], "schedule": explicit(p1=ADAMW), "fts": fts(restore_best=False)},
    "p0_all": {"opt_params": "all"},
    "p0_lambda": {"opt_params": "all", "lr_scheduler": initial("LambdaLR", lr_lambda="0.9**epoch")},
    "p0_lambda_then_step": {"opt_params": "all", "lr_scheduler": initial("LambdaLR", lr_lambda="0.9**epoch"),
                            "schedule": explicit(p1=scheduler("StepLR", args={"step_size": 1, "gamma": 0.7}))},
    "p0_multiplicative": {"opt_params": "all", "lr_scheduler": initial("MultiplicativeLR", lr_lambda="const0.95")},
    "p0_linear": {"opt_params": "all", "lr_scheduler": initial("LinearLR", start_factor=0.25, total_iters=4)},
    "p0_constant": {"opt_params": "all", "lr_scheduler": initial("ConstantLR", factor=0.3, total_iters=4)},
    "p0_restarts": {"opt_params": "all", "lr_scheduler": initial("CosineAnnealingWarmRestarts", T_0=3)},
    "p0_two_groups_not_enforced": {"opt_params": "two_groups", "fts": fts(enforce_phase0_params=False)},
    "p0_not_enforced_new_opt": {"opt_params": "all", "fts": fts(enforce_phase0_params=False), "schedule": explicit(p1=ADAMW)},
    "p0_adamw_all": {"opt_params": "all", "optimizer": {"class": "AdamW", "args": {"lr": 0.01, "weight_decay": 0.05}}, "no_decay": ["bias"]},
    # Batch norm and ties.
    "bn_track": {"model": "convbn", "schedule": explicit(CONV_PLAN)},
    "bn_false_best_early": {"model": "convbn", "schedule": explicit(CONV_PLAN), "fts": fts(frozen_bn_track_running_stats=False), "val_script": BEST_EARLY},
    "bn_false_new_opt": {"model": "convbn", "schedule": explicit(CONV_PLAN, p2=ADAMW), "fts": fts(frozen_bn_track_running_stats=False, restore_best=False)},
    "bn_trained": {"model": "convbn", "schedule": explicit(CONV_PLAN), "val_script": None, "es": {"patience": 1, "min_delta": 0.01}},
    "bn_no_decay": {"model": "convbn", "schedule": explicit(CONV_PLAN), "no_decay": ["bn", "bias"], "opt_params": "all"},
    "bn_unscheduled": {"model": "convbn", "schedule": explicit([["head.*"], ["c2.*"]]), "fts": fts(frozen_bn_track_running_stats=False)},
    "tied_adamw": {"model": "tied", "schedule": explicit([["out.bias"], ["mid.*"], ["emb.*"]]), "optimizer": {"class": "AdamW", "args": {"lr": 0.01}}},
    # Resumes.
    "resume_mid_phase1": RESUME,
    "resume_best_phase0": RESUME | {"val_script": BEST_EARLY},
    "resume_from_best": RESUME | {"resume": {"first_max_epochs": 4, "from": "best"}},
    "resume_at_move": RESUME | {"resume": {"first_max_epochs": 3, "from": "last"}},
    "resume_new_opt_fit_arg": RESUME | {"schedule": explicit(p1=ADAMW), "resume": {"first_max_epochs": 4, "from": "last", "via": "fit_arg"}},
    "resume_adam_norestore": RESUME | {"optimizer": {"class": "Adam", "args": {"lr": 0.01}}, "fts": fts(restore_best=False)},
    "resume_phase2": RESUME | {"resume": {"first_max_epochs": 7, "from": "last"}},
    "resume_max_steps": RESUME | {"resume": {"first_trainer": {"max_steps": 20}, "from": "last"}},
    "resume_cosine": RESUME | {"lr_scheduler": initial("CosineAnnealingLR", T_max=6, eta_min=0.001)},
    "resume_no_decay": RESUME | {"no_decay": ["bias"], "opt_params": "all"},
    "resume_mte": RESUME | {"schedule": explicit(**until(2, 6)), "es": {"patience": 50}},
}
