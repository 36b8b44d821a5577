(* Growth: a sequence that gains enough at every step passes every number.

   The witnesses are networks with constant weights. A gate stays fully open, or, where none can, all but d open: the
   state then keeps 1 - d of itself and gains a, and with d = 1 / (2 N) it has passed a N / 2 after N steps. The second
   part gives the functions' values at the weights of the witnesses: ln 3, - ln 3, 0 and ln ((1 - d) / d). *)

From Coq Require Import Reals Lra Lia.
From LstmProof Require Import Functions Sums.
Open Scope R_scope.

(* ---- From a gain at every step to a step beyond a number ---- *)

Lemma a_natural_number_above (x : R) : exists n : nat, x < INR n.
Proof.
  exists (Z.to_nat (up x)). destruct (archimed x) as [L _]. apply (Rlt_le_trans _ (IZR (up x))); [exact L|].
  rewrite INR_IZR_INZ. apply IZR_le. lia.
Qed.

(* After so many steps every number is passed, whatever the gate leaves: N = S n, d = 1 / (2 N). *)
Lemma horizon (a bound : R) : 0 < a -> exists (n : nat) (d : R),
  0 < d < 1 /\ d * INR (S n) = 1 / 2 /\ bound < a / 2 * INR (S n).
Proof.
  intros A. destruct (a_natural_number_above (2 * bound / a)) as [n N]. exists n, (/ (2 * INR (S n))).
  rewrite S_INR. pose proof (pos_INR n) as P. repeat split.
  - apply Rinv_0_lt_compat. lra.
  - rewrite <- Rinv_1. apply Rinv_lt_contravar; lra.
  - field. lra.
  - apply (Rmult_lt_compat_l (a / 2)) in N; [|lra]. replace (a / 2 * (2 * bound / a)) with bound in N by (field; lra).
    lra.
Qed.

Lemma gained (a d : R) (s : nat -> R) : 0 < a -> 0 < d < 1 -> 0 <= s O ->
  (forall t, 0 <= s t -> 0 <= d * s t -> s t - d * s t + a <= s (S t)) ->
  forall t, 0 <= s t /\ a * INR t * (1 - INR t * d) <= s t.
Proof.
  intros A D Z G. induction t as [|t [P L]]; [simpl; lra|].
  pose proof (G t P (Rmult_le_pos _ _ (Rlt_le _ _ (proj1 D)) P)) as N. rewrite S_INR. pose proof (pos_INR t) as T.
  pose proof (Rmult_le_compat_l (1 - d) _ _ ltac:(lra) L) as K.
  pose proof (Rmult_le_pos (1 - d) (s t) ltac:(lra) P) as Q. split; [lra|].
  apply (Rle_trans _ (s t - d * s t + a)); [|exact N].
  assert (E : 0 <= a * (INR t * d + d + INR t * d * (INR t * d))).
  { pose proof (Rmult_le_pos _ d T ltac:(lra)) as U. apply Rmult_le_pos; [lra|].
    pose proof (Rmult_le_pos _ _ U U). lra. }
  lra.
Qed.

Lemma passed (a d bound : R) (n : nat) (s : nat -> R) :
  0 < a -> 0 < d < 1 -> d * INR (S n) = 1 / 2 -> bound < a / 2 * INR (S n) -> 0 <= s O ->
  (forall t, 0 <= s t -> 0 <= d * s t -> s t - d * s t + a <= s (S t)) -> bound < s (S n).
Proof.
  intros A D E N Z G. destruct (gained a d s A D Z G (S n)) as [_ L].
  rewrite (Rmult_comm (INR (S n)) d), E in L. lra.
Qed.

Lemma passed_above (a d bound : R) (n : nat) (s : nat -> R) :
  0 < a -> 0 < d < 1 -> d * INR (S n) = 1 / 2 -> bound < a / 2 * INR (S n) -> 0 <= s O ->
  (forall t, 0 <= s t -> 0 <= d * s t -> s t - d * s t + a <= s (S t)) -> bound < Rabs (s (S n)).
Proof.
  intros A D E N Z G. apply (Rlt_le_trans _ (s (S n))); [now apply (passed a d)|apply Rle_abs].
Qed.

Lemma passed_below (a d bound : R) (n : nat) (s : nat -> R) :
  0 < a -> 0 < d < 1 -> d * INR (S n) = 1 / 2 -> bound < a / 2 * INR (S n) -> 0 <= - s O ->
  (forall t, 0 <= - s t -> 0 <= d * - s t -> - s t - d * - s t + a <= - s (S t)) -> bound < Rabs (s (S n)).
Proof.
  intros A D E N Z G. apply (Rlt_le_trans _ (- s (S n))); [now apply (passed a d bound n (fun t => - s t))|].
  rewrite <- Rabs_Ropp. apply Rle_abs.
Qed.

(* ---- Sums of what is the same for each unit ---- *)

Lemma sum_over_at_least (n : nat) (a : R) f : (1 <= n)%nat -> 0 <= a -> (forall k, (k < n)%nat -> a <= f k) ->
  a <= sum_over n f.
Proof.
  intros N A. induction n as [|[|n] IH]; intros F; [lia| |].
  - simpl. pose proof (F O ltac:(lia)). lra.
  - pose proof (F (S n) ltac:(lia)) as L. simpl in *.
    assert (K : a <= sum_over n f + f n) by (apply IH; [lia|intros; apply F; lia]). lra.
Qed.

(* ---- The functions at the weights of the witnesses ---- *)

Lemma exp_open z : z = ln 3 -> exp z = 3.
Proof. intros ->. apply exp_ln. lra. Qed.

Lemma exp_shut z : z = - ln 3 -> exp z = / 3.
Proof. intros ->. rewrite exp_Ropp, exp_ln; lra. Qed.

Lemma exp_none z : z = 0 -> exp z = 1.
Proof. intros ->. apply exp_0. Qed.

Lemma sigmoid_open z : z = ln 3 -> sigmoid z = 3 / 4.
Proof. intros ->. unfold sigmoid. rewrite exp_shut by reflexivity. lra. Qed.

Lemma sigmoid_shut z : z = - ln 3 -> sigmoid z = 1 / 4.
Proof. intros ->. unfold sigmoid. rewrite exp_open by ring. lra. Qed.

Lemma sigmoid_none z : z = 0 -> sigmoid z = 1 / 2.
Proof. intros ->. unfold sigmoid. rewrite exp_none by ring. lra. Qed.

Lemma sigmoid_nearly d z : 0 < d < 1 -> z = ln ((1 - d) / d) -> sigmoid z = 1 - d.
Proof.
  intros D ->. unfold sigmoid. rewrite exp_Ropp, exp_ln by (apply Rdiv_lt_0_compat; lra). field. lra.
Qed.

Lemma sigmoid_hardly d z : 0 < d < 1 -> z = - ln ((1 - d) / d) -> sigmoid z = d.
Proof.
  intros D ->. unfold sigmoid. rewrite Ropp_involutive, exp_ln by (apply Rdiv_lt_0_compat; lra). field. lra.
Qed.

Lemma tanh_open z : z = ln 3 -> tanh z = 4 / 5.
Proof.
  intros ->. unfold tanh, sinh, cosh. rewrite (exp_open (ln 3)), (exp_shut (- ln 3)) by reflexivity. lra.
Qed.

Lemma tanh_shut z : z = - ln 3 -> tanh z = - (4 / 5).
Proof.
  intros ->. unfold tanh, sinh, cosh. rewrite (exp_open (- - ln 3)), (exp_shut (- ln 3)) by ring. lra.
Qed.

Lemma tanh_none z : z = 0 -> tanh z = 0.
Proof. intros ->. unfold tanh, sinh. rewrite Ropp_0. unfold Rdiv. rewrite Rminus_diag_eq by reflexivity. ring. Qed.

Lemma relu_right z : 0 <= z -> relu z = z.
Proof. intros P. now apply Rmax_left. Qed.

Lemma relu_left z : z <= 0 -> relu z = 0.
Proof. intros P. now apply Rmax_right. Qed.

Lemma ln_3_range : 1 <= ln 3 <= 2.
Proof.
  pose proof (exp_pos 1). pose proof (exp_ineq1_le 2). split.
  - rewrite <- (ln_exp 1). destruct exp_le_3 as [L|E]; [left; now apply ln_increasing|right; now rewrite E].
  - rewrite <- (ln_exp 2). destruct (Rle_lt_or_eq_dec 3 (exp 2)) as [L|E]; [lra|left; apply ln_increasing; lra|].
    right. now rewrite <- E.
Qed.

(* Every function whose argument is one of these weights gives way to its value; inner ones first. *)
Ltac argument := first [reflexivity | ring].

Ltac evaluate d := cbv beta; repeat match goal with
  | |- context [sigmoid ?z] => first
      [ rewrite (sigmoid_open z) by argument | rewrite (sigmoid_shut z) by argument
      | rewrite (sigmoid_none z) by argument | rewrite (sigmoid_nearly d z) by (assumption || argument)
      | rewrite (sigmoid_hardly d z) by (assumption || argument) ]
  | |- context [tanh ?z] => first
      [ rewrite (tanh_open z) by argument | rewrite (tanh_shut z) by argument | rewrite (tanh_none z) by argument ]
  | |- context [exp ?z] => first
      [ rewrite (exp_open z) by argument | rewrite (exp_shut z) by argument | rewrite (exp_none z) by argument ]
  | |- context [relu ?z] => first [rewrite (relu_right z) by lra | rewrite (relu_left z) by lra]
  end.

(* A hypothesis of a claim, at the networks' own numbers. *)
Ltac supposed := repeat match goal with
  | |- _ /\ _ => split
  | |- context [Rabs ?z] => first [rewrite (Rabs_pos_eq z) by lra | rewrite (Rabs_left1 z) by lra]
  end; lra.
